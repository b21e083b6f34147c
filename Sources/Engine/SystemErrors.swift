import Diagnosis

extension SocketError {
    /// The error that this system's kernel calls `number`.
    init(system number: Int32) {
        #if os(Linux)
            self.init(linux: number)
        #else
            self.init(darwin: number)
        #endif
    }
}
