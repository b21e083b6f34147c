#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// The bytes of a file, as they were when it was opened. Regular files are mapped, anything else is read.
///
/// A mapped file that another process cuts short would end this one with a signal, so the length is bounded by
/// what was there at opening, and files are meant to be finished ones.
public final class InputFile {
    /// What is read of a pipe at the most.
    public static let mostOfPipe = 1 << 30

    public let path: String
    private var mapping: UnsafeMutableRawBufferPointer?
    private var contents: [UInt8] = []

    /// `-` is standard input.
    public init(reading path: String) throws(FileError) {
        self.path = path
        let descriptor = path == "-" ? dup(0) : unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw FileError("read", path, errno) }
        defer { close(descriptor) }
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0 else { throw FileError("read", path, errno) }
        guard status.st_mode & S_IFMT != S_IFDIR else { throw FileError("read", path, EISDIR) }
        if status.st_mode & S_IFMT == S_IFREG, status.st_size > 0 {
            let length = Int(status.st_size)
            let pointer = unsafe mmap(nil, length, PROT_READ, MAP_PRIVATE, descriptor, 0)
            if let pointer = unsafe pointer, unsafe pointer != MAP_FAILED {
                unsafe mapping = UnsafeMutableRawBufferPointer(start: pointer, count: length)
                return
            }
        }
        try readAll(descriptor)
    }

    private func readAll(_ descriptor: Int32) throws(FileError) {
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        while contents.count < Self.mostOfPipe {
            let count = unsafe chunk.withUnsafeMutableBufferPointer { buffer in
                unsafe read(descriptor, buffer.baseAddress, buffer.count)
            }
            if count < 0 {
                if errno == EINTR { continue }
                throw FileError("read", path, errno)
            }
            if count == 0 { return }
            contents.append(contentsOf: chunk[..<count])
        }
    }

    deinit {
        if let mapping = unsafe mapping { unsafe munmap(mapping.baseAddress, mapping.count) }
    }

    /// Lends the bytes.
    public func withBytes<Result>(_ body: (Span<UInt8>) throws -> Result) rethrows -> Result {
        guard let mapping = unsafe mapping else {
            let contents = contents
            return try body(contents.span)
        }
        let buffer = unsafe UnsafeBufferPointer(mapping.bindMemory(to: UInt8.self))
        return try unsafe body(buffer.span)
    }
}
