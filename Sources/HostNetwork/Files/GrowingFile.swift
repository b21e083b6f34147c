#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// A file that somebody is still writing: what is there, what is added, and what becomes of its name, as `tail -F` has
/// it. A pipe is read as its writer fills it, and ends with its last writer.
///
/// A regular file cannot say when it has grown, so it is asked: `advance` never waits. What was read is copied, not
/// mapped: a file that is cut short would end a process that has it mapped.
public final class GrowingFile {
    /// What one look came to.
    public enum Step: Sendable, Hashable {
        /// More came.
        case grew
        /// Nothing more is there by now.
        case rested
        /// A pipe's last writer is gone: there will be nothing more.
        case ended
        /// Its name is another file's, and all of the old one has been read. `begin` goes on with the new one.
        case wasReplaced
        /// What had been read is no longer in it: it was cut, to be written anew. `begin` goes on at its front.
        case wasCut
        /// Nothing bears its name any more; said once. What is added to it all the same is still read.
        case wasRemoved
        /// It is packed by gzip, so that what is in it is not known before it is complete. Nothing of it is lent.
        case isPacked
    }

    private static let chunk = 1 << 18

    public let path: String
    private var descriptor: Int32
    private var isRegular = false
    private var window = InputWindow(capacity: GrowingFile.chunk * 2)
    /// Where the next byte is read from a regular file.
    private var offset: off_t = 0
    /// The reader makes nothing of a window that is smaller than this.
    private var wanted = 1
    private var isLookedAt = false
    /// What further bytes say does not matter.
    private var isDone = false
    /// What bears the name now, opened.
    private var successor: Int32 = -1
    private var isNameless = false

    /// `-` is standard input.
    public init(following path: String) throws(FileError) {
        self.path = path
        // A FIFO would otherwise hold the caller until somebody writes into it, signals and all.
        descriptor = path == "-" ? dup(0) : unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw FileError("read", path, errno) }
        let mode = Self.status(descriptor)?.st_mode ?? 0
        guard mode & S_IFMT != S_IFDIR else {
            close(descriptor)
            throw FileError("read", path, EISDIR)
        }
        isRegular = mode & S_IFMT == S_IFREG
        if isRegular { offset = max(0, lseek(descriptor, 0, SEEK_CUR)) }
    }

    deinit {
        close(descriptor)
        if successor >= 0 { close(successor) }
    }

    /// Becomes readable when there is more; nil for a regular file, which is always readable.
    public var readiness: Int32? { isRegular ? nil : descriptor }

    /// Bytes that were read and not released: the front of a record, of which the writer has the rest.
    public var heldBack: Int { window.count }

    /// Reads a piece of what has come since, and lends all that was not released where it is enough to get on.
    public func advance(_ body: (Span<UInt8>, Bool) -> InputDemand) throws(FileError) -> Step {
        guard isRegular || isReadable else { return .rested }
        if isDone { window.release(window.count) }
        var isDry = false
        let count = try window.take(room: Self.chunk) { (buffer) throws(FileError) in
            while true {
                let count = unsafe read(descriptor, buffer.baseAddress, buffer.count)
                if count >= 0 { return count }
                if errno == EAGAIN {
                    isDry = true
                    return 0
                }
                if errno != EINTR { throw FileError("read", path, errno) }
            }
        }
        if isDry { return .rested }
        if count == 0 {
            if isRegular { return change() }
            finish(body)
            return .ended
        }
        offset += off_t(count)
        guard !isDone else { return .grew }
        if !isLookedAt, window.count >= 3 {
            isLookedAt = true
            if window.lend({ GzipInflater.isPacked($0) }) {
                isDone = true
                return .isPacked
            }
        }
        if isLookedAt, window.count >= wanted { lend(body) }
        return .grew
    }

    private func lend(_ body: (Span<UInt8>, Bool) -> InputDemand) {
        let demand = window.lend { body($0, false) }
        guard case .more(let released, let more) = demand else {
            isDone = true
            return
        }
        window.release(released)
        wanted = min(InputWindow.most, window.count + max(1, more))
    }

    /// Lends what is held back, for a look at it.
    public func inspect(_ body: (Span<UInt8>) -> Void) { window.lend(body) }

    /// Lends what is left as the end of the file.
    public func finish(_ body: (Span<UInt8>, Bool) -> InputDemand) {
        guard !isDone else { return }
        isDone = true
        _ = window.lend { body($0, true) }
    }

    /// Goes on at the front of the file that bears the name now.
    public func begin() {
        if successor >= 0 {
            close(descriptor)
            descriptor = successor
            successor = -1
        } else {
            lseek(descriptor, 0, SEEK_SET)
        }
        window.release(window.count)
        (offset, wanted, isLookedAt, isDone) = (0, 1, false, false)
    }

    // MARK: What has become of it

    /// At the end of a regular file, as far as it is written.
    private func change() -> Step {
        if successor >= 0 { return .wasReplaced }
        if let size = Self.status(descriptor)?.st_size, size < offset {
            let missing = offset - size
            // A recorder whose disk is full takes the half record back that it could not finish.
            guard missing <= window.count, size > 0 else { return .wasCut }
            window.takeBack(Int(missing))
            offset = size
            lseek(descriptor, size, SEEK_SET)
        }
        guard path != "-" else { return .rested }
        var named = stat()
        guard unsafe stat(path, &named) == 0 else {
            defer { isNameless = true }
            return isNameless || errno != ENOENT ? .rested : .wasRemoved
        }
        isNameless = false
        guard let own = Self.status(descriptor), own.st_dev != named.st_dev || own.st_ino != named.st_ino,
            named.st_mode & S_IFMT == S_IFREG
        else { return .rested }
        successor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        // What came to the old file before the new one was there is read before it is left.
        return successor >= 0 ? .grew : .rested
    }

    private static func status(_ descriptor: Int32) -> stat? {
        var status = stat()
        return unsafe fstat(descriptor, &status) == 0 ? status : nil
    }

    /// Whether a pipe has something to say, its end included.
    private var isReadable: Bool {
        var asked = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        return unsafe poll(&asked, 1, 0) > 0
    }
}
