#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// A file that grows under its own name and is whole at every moment: what a recording writes.
///
/// A complete file that appears at the end (`ReplacingFile`) would be lost with the power. So this one takes the
/// place of what stood under the name as soon as its header is on the disk: whoever still reads the old file keeps
/// it, and where the header cannot be written it stays. A pipe or a device is written straight.
public final class RecordingFile {
    public let path: String
    /// Bytes in it, all of them of whole records.
    public private(set) var length: Int64 = 0
    private let target: Descriptor
    /// Only these can be cut, and only these survive a loss of power.
    private let isRegular: Bool

    /// Makes the file. `-` is standard output.
    public init(recording path: String, header: [UInt8]) throws(FileError) {
        self.path = path
        var status = stat()
        let isThere = unsafe stat(path, &status) == 0
        if path == "-" || isThere && status.st_mode & S_IFMT != S_IFREG {
            guard path == "-" || status.st_mode & S_IFMT != S_IFDIR else { throw FileError("write", path, EISDIR) }
            target = Descriptor(path == "-" ? dup(1) : unsafe open(path, O_WRONLY | O_CLOEXEC))
            isRegular = false
            guard target.number >= 0 else { throw FileError("write", path, errno) }
            try append(header.span) { _ in 0 }
            return
        }
        if isThere, unsafe access(path, W_OK) != 0 { throw FileError("write", path, errno) }
        let temporary = "\(path).\(getpid()).part"
        target = Descriptor(unsafe open(temporary, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o644))
        isRegular = true
        guard target.number >= 0 else { throw FileError("write", path, errno) }
        // Under sudo the file is for the person who called it.
        if geteuid() == 0, let caller = Caller.ofSudo { _ = fchown(target.number, caller.user, caller.group) }
        // A capture holds what others said: what was private does not become public by being replaced.
        if isThere { _ = fchmod(target.number, status.st_mode & 0o777) }
        do throws(FileError) {
            try append(header.span) { _ in 0 }
            guard fsync(target.number) == 0 else { throw FileError("write", path, errno) }
            guard unsafe rename(temporary, path) == 0 else { throw FileError("write", path, errno) }
        } catch {
            unlink(temporary)
            throw error
        }
        syncFolder()
    }

    /// Adds records at the end. When the disk has no room for all of them, the file is cut back to the last one that
    /// is whole.
    ///
    /// - Parameter whole: of so many bytes, how many are whole records.
    public func append(_ bytes: Span<UInt8>, whole: (Int) -> Int) throws(FileError) {
        var offset = 0
        while offset < bytes.count {
            let rest = bytes.extracting(offset..<bytes.count)
            let written = unsafe rest.withUnsafeBufferPointer { buffer in
                unsafe write(target.number, buffer.baseAddress, buffer.count)
            }
            if written < 0 {
                let error = errno
                if error == EINTR { continue }
                if isRegular {
                    let end = length + Int64(whole(offset))
                    if ftruncate(target.number, off_t(end)) == 0 {
                        lseek(target.number, off_t(end), SEEK_SET)
                        length = end
                    }
                }
                throw FileError("write", path, error)
            }
            offset += written
        }
        length += Int64(bytes.count)
    }

    /// Has a thread bring what was written so far to the disk; what goes wrong there is told by its result.
    public func sync(by worker: BackgroundWork) {
        guard isRegular else { return }
        worker.enqueue { [target, path] in
            guard synchronizeData(target.number) != 0 else { return nil }
            return FileError("write", path, errno)
        }
    }

    /// Waits until what was written is on the disk.
    public func sync() throws(FileError) {
        guard !isRegular || synchronizeData(target.number) == 0 else { throw FileError("write", path, errno) }
    }

    /// A new name is on the disk when its folder is.
    private func syncFolder() {
        let folder = Self.folder(of: path)
        let descriptor = unsafe open(folder, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        _ = fsync(descriptor)
        close(descriptor)
    }

    /// The folder that a path leads into.
    public static func folder(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    /// Removes a file that this program made before.
    public static func remove(_ path: String) throws(FileError) {
        guard unsafe unlink(path) == 0 || errno == ENOENT else { throw FileError("remove", path, errno) }
    }
}

/// The data and the length, without the time of the last change where that is possible.
private func synchronizeData(_ descriptor: Int32) -> Int32 {
    #if canImport(Glibc)
        fdatasync(descriptor)
    #else
        fsync(descriptor)
    #endif
}

/// A descriptor that is closed when its last user is done with it.
private final class Descriptor: Sendable {
    let number: Int32

    init(_ number: Int32) { self.number = number }

    deinit { if number >= 0 { close(number) } }
}
