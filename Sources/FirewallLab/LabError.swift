/// Why the lab could not do what it was asked: one clear line, and the exit status that goes with it.
public struct LabError: Error, Hashable, Sendable, CustomStringConvertible {
    public var message: String
    /// 64 wrong usage, 66 unreadable or missing input, 77 permission missing.
    public var exitStatus: Int32

    public init(_ message: String, exitStatus: Int32) {
        self.message = message
        self.exitStatus = exitStatus
    }

    public var description: String { message }
}
