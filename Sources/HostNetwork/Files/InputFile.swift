#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// The bytes of a file, as they were when it was opened. Regular files are mapped, anything else is read.
///
/// `feed` gives them from front to back in bounded memory and sees through gzip; `withBytes` gives them at once, as
/// they are in the file. A mapped file that another process cuts short would end this one with a signal, so the length
/// is bounded by what was there at opening, and files are meant to be finished ones.
public final class InputFile {
    /// What `withBytes` reads of a pipe at the most.
    public static let mostOfPipe = 1 << 30

    public let path: String
    /// The file can be read more than once.
    public var isMapped: Bool { unsafe mapping != nil }
    /// In bytes; nil for what is not mapped.
    public var mappedSize: Int? { unsafe mapping?.count }
    /// What `feed` found to be packed by gzip. It cannot be known before the first byte has come.
    public internal(set) var isCompressed = false
    /// What was wrong with the packing, where there was any.
    public internal(set) var problem: InputProblem?
    var mapping: UnsafeMutableRawBufferPointer?
    /// Of what is not mapped.
    let descriptor: Int32
    private var contents: [UInt8]?

    /// `-` is standard input.
    public init(reading path: String) throws(FileError) {
        self.path = path
        let descriptor = path == "-" ? dup(0) : unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw FileError("read", path, errno) }
        var status = stat()
        var failure: Int32?
        if unsafe fstat(descriptor, &status) != 0 {
            failure = errno
        } else if status.st_mode & S_IFMT == S_IFDIR {
            failure = EISDIR
        }
        if let failure {
            close(descriptor)
            throw FileError("read", path, failure)
        }
        if status.st_mode & S_IFMT == S_IFREG, status.st_size > 0 {
            let length = Int(status.st_size)
            let pointer = unsafe mmap(nil, length, PROT_READ, MAP_PRIVATE, descriptor, 0)
            if let pointer = unsafe pointer, unsafe pointer != MAP_FAILED {
                unsafe mapping = UnsafeMutableRawBufferPointer(start: pointer, count: length)
                // Read ahead of the one pass that most readers make.
                _ = unsafe posix_madvise(pointer, length, POSIX_MADV_SEQUENTIAL)
                close(descriptor)
                self.descriptor = -1
                return
            }
        }
        self.descriptor = descriptor
    }

    deinit {
        if let mapping = unsafe mapping { unsafe munmap(mapping.baseAddress, mapping.count) }
        if descriptor >= 0 { close(descriptor) }
    }

    /// Reads what there is, at most `buffer` holds: 0 at the end.
    func readSome(_ buffer: UnsafeMutableRawBufferPointer) throws(FileError) -> Int {
        while true {
            let count = unsafe read(descriptor, buffer.baseAddress, buffer.count)
            if count >= 0 { return count }
            if errno != EINTR { throw FileError("read", path, errno) }
        }
    }

    /// The bytes that it begins with, as they are in the file.
    public func first(_ most: Int) throws(FileError) -> [UInt8] {
        if let mapping = unsafe mapping { return unsafe Array(mapping.prefix(most)) }
        var bytes = [UInt8](repeating: 0, count: most)
        var count = 0
        while count < most {
            let got = try bytes.withUnsafeMutableBufferPointer { (buffer) throws(FileError) in
                try unsafe readSome(
                    UnsafeMutableRawBufferPointer(UnsafeMutableBufferPointer(rebasing: buffer[count...])))
            }
            if got == 0 { break }
            count += got
        }
        return Array(bytes.prefix(count))
    }

    /// Both are mapped, and there is no difference between them.
    public func hasSameBytes(as other: InputFile) -> Bool {
        guard let mine = unsafe mapping, let its = unsafe other.mapping, mine.count == its.count,
            let first = mine.baseAddress, let second = its.baseAddress
        else { return false }
        return unsafe memcmp(first, second, mine.count) == 0
    }

    private func readAll() -> [UInt8] {
        if let contents { return contents }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        while bytes.count < Self.mostOfPipe {
            let count = try? chunk.withUnsafeMutableBufferPointer { (buffer) throws(FileError) in
                try unsafe readSome(UnsafeMutableRawBufferPointer(buffer))
            }
            guard let count, count > 0 else { break }
            bytes.append(contentsOf: chunk[..<count])
        }
        contents = bytes
        return bytes
    }

    /// Lends the bytes of the file. What cannot be read to its end is lent as far as it was.
    public func withBytes<Result>(_ body: (Span<UInt8>) throws -> Result) rethrows -> Result {
        guard let mapping = unsafe mapping else {
            let contents = readAll()
            return try body(contents.span)
        }
        let buffer = unsafe UnsafeBufferPointer(mapping.bindMemory(to: UInt8.self))
        return try unsafe body(buffer.span)
    }
}

/// What is wrong with a packed file. What came before is given all the same.
public enum InputProblem: Hashable, Sendable, CustomStringConvertible {
    /// The file ends before the packed stream does.
    case cut(at: Int)
    /// The packed bytes make no sense from about there.
    case damaged(at: Int)
    /// Behind the packed stream there is something else.
    case trailingBytes(at: Int)

    public var description: String {
        switch self {
        case .cut(let offset): "the gzip stream is cut off after \(offset) bytes"
        case .damaged(let offset): "the gzip stream is damaged at about offset \(offset)"
        case .trailingBytes(let offset): "what follows the gzip stream at offset \(offset) is ignored"
        }
    }

    /// Content is missing.
    public var isLoss: Bool {
        if case .trailingBytes = self { false } else { true }
    }
}
