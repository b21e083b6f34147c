#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// Standard output and standard error, written whole and unbuffered.
public enum StandardStream: Int32, Sendable {
    case output = 1
    case error = 2

    /// Writes all of it. The error of a reader that has gone away is EPIPE: see `FileError.isBrokenPipe`.
    public func write(_ text: String) throws(FileError) {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = unsafe rest.withUnsafeBufferPointer { unsafe systemWrite(rawValue, $0.baseAddress, $0.count) }
            if count < 0 {
                if errno == EINTR { continue }
                throw FileError("write", self == .output ? "standard output" : "standard error", errno)
            }
            rest = rest.dropFirst(count)
        }
    }
}

private func systemWrite(_ descriptor: Int32, _ bytes: UnsafePointer<UInt8>?, _ count: Int) -> Int {
    unsafe write(descriptor, bytes, count)
}

extension FileError {
    public var isBrokenPipe: Bool { errno == EPIPE }
}
