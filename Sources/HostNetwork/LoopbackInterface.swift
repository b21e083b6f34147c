/// The interface over which a machine talks to itself.
public enum LoopbackInterface {
    #if os(Linux)
        public static let name = "lo"
    #else
        public static let name = "lo0"
    #endif
}
