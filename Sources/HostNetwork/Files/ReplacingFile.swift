#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// A file that appears under its name only when it is complete: it is written beside it and renamed.
///
/// A file that was there before stays as it is until then. A name that is no regular file (a pipe,
/// `/dev/stdout`) cannot be replaced and is written straight.
public final class ReplacingFile {
    public let path: String
    private var temporaryPath: String?
    private var descriptor: Int32
    public private(set) var bytesWritten: Int64 = 0

    /// Throws `FileError` when the place cannot be written.
    public init(replacing path: String) throws(FileError) {
        self.path = path
        var status = stat()
        let isThere = unsafe stat(path, &status) == 0
        if isThere, status.st_mode & S_IFMT != S_IFREG {
            guard status.st_mode & S_IFMT != S_IFDIR else { throw FileError("write", path, EISDIR) }
            descriptor = unsafe open(path, O_WRONLY | O_CLOEXEC)
            guard descriptor >= 0 else { throw FileError("write", path, errno) }
            return
        }
        // Asked before anything is recorded: a name that may not be replaced would fail only at the end.
        if unsafe access(path, F_OK) == 0, unsafe access(path, W_OK) != 0 { throw FileError("write", path, errno) }
        Self.removeLeftovers(of: path)
        let temporary = "\(path).\(getpid())\(Self.ending)"
        descriptor = try Self.openLocked(temporary, for: path)
        temporaryPath = temporary
        // Under sudo the file is for the person who called it.
        if geteuid() == 0, let caller = Caller.ofSudo { _ = fchown(descriptor, caller.user, caller.group) }
        // A capture holds what others said: what was private does not become public by being replaced.
        if isThere { _ = fchmod(descriptor, status.st_mode & 0o777) }
    }

    /// Whether there is a file under the name whose content would be gone.
    public static func wouldReplace(_ path: String) -> Bool {
        var status = stat()
        return unsafe stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
    }

    /// Whether both names lead to one file, be it that it is there or that it would come there.
    public static func isSame(_ path: String, as other: String) -> Bool {
        guard let one = Identity(of: path), let two = Identity(of: other) else {
            let ((folder, name), (otherFolder, otherName)) = (parts(of: path), parts(of: other))
            guard name == otherName, let one = Identity(of: folder), let two = Identity(of: otherFolder) else {
                return false
            }
            return one.isSame(as: two, S_IFDIR)
        }
        return one.isSame(as: two, S_IFREG)
    }

    private static func parts(of path: String) -> (folder: String, name: String) {
        guard let slash = path.lastIndex(of: "/") else { return (".", path) }
        return (String(path[...slash]), String(path[path.index(after: slash)...]))
    }

    private struct Identity {
        private let status: stat

        init?(of path: String) {
            var status = stat()
            guard unsafe stat(path, &status) == 0 else { return nil }
            self.status = status
        }

        func isSame(as other: Identity, _ kind: mode_t) -> Bool {
            status.st_dev == other.status.st_dev && status.st_ino == other.status.st_ino
                && status.st_mode & S_IFMT == kind
        }
    }

    deinit {
        discard()
    }

    /// Adds bytes at the end; short writes are continued.
    public func append(_ bytes: Span<UInt8>) throws(FileError) {
        var offset = 0
        while offset < bytes.count {
            let rest = bytes.extracting(offset..<bytes.count)
            let written = unsafe rest.withUnsafeBufferPointer { buffer in
                unsafe write(descriptor, buffer.baseAddress, buffer.count)
            }
            if written < 0 {
                if errno == EINTR { continue }
                throw FileError("write", path, errno)
            }
            offset += written
        }
        bytesWritten += Int64(bytes.count)
    }

    /// Makes it visible under its name. Nothing can be added afterwards.
    public func commit() throws(FileError) {
        guard descriptor >= 0 else { return }
        if let temporaryPath {
            guard fsync(descriptor) == 0 else { throw FileError("write", path, errno) }
            guard unsafe rename(temporaryPath, path) == 0 else { throw FileError("rename", path, errno) }
            self.temporaryPath = nil
        }
        // A late error of the device (a full disk behind a cache) shows here at the latest.
        let closed = close(descriptor)
        descriptor = -1
        guard closed == 0 else { throw FileError("write", path, errno) }
    }

    /// Gives it up; whatever stood under the name stays.
    public func discard() {
        if descriptor >= 0 { close(descriptor) }
        descriptor = -1
        if let temporaryPath { unlink(temporaryPath) }
        temporaryPath = nil
    }
}

/// Work on a file that failed.
public struct FileError: Error, Sendable, Hashable, CustomStringConvertible {
    public var operation: String
    public var path: String
    public var errno: Int32

    init(_ operation: String, _ path: String, _ errno: Int32) {
        self.operation = operation
        self.path = path
        self.errno = errno
    }

    /// The system's text for the error.
    public var reason: String { unsafe String(cString: strerror(errno)) }

    public var description: String { "cannot \(operation) \(path): \(reason)" }

    public var isMissing: Bool { errno == ENOENT }
    public var isPermission: Bool { errno == EACCES || errno == EPERM }
}
