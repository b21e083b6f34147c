#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// A system call that *we* needed and did not get. What the network answers is a result, never this.
public struct SystemCallError: Error, Sendable, Hashable, CustomStringConvertible {
    public var operation: String
    public var errno: Int32
    /// The endpoint, address or interface that it was about.
    public var subject: String

    public init(_ operation: String, errno: Int32, subject: String = "") {
        self.operation = operation
        self.errno = errno
        self.subject = subject
    }

    public var isPermission: Bool { errno == EPERM || errno == EACCES }

    public var description: String {
        let text = unsafe String(cString: strerror(errno))
        return subject.isEmpty ? "\(operation): \(text)" : "\(operation) \(subject): \(text)"
    }
}
