#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// What the reader of a feed wants next.
@frozen
public enum InputDemand: Hashable, Sendable {
    /// So many bytes at the window's front are done with; at least so many are needed at its end.
    case more(released: Int, atLeast: Int)
    case done
}

extension InputFile {
    /// What is read or unpacked at once.
    private static let chunk = 1 << 18
    /// What is looked at at once of a mapped file.
    private static let piece = 16 << 20

    /// Gives the bytes from front to back, unpacked: a window on them, and whether the input ends with it.
    ///
    /// The window holds what `body` has not released, and a chunk more:
    /// a small file that unpacks to very much costs time, not memory, and so does a large one. A second call begins a mapped
    /// file anew.
    public func feed(_ body: (Span<UInt8>, Bool) -> InputDemand) throws(FileError) {
        problem = nil
        if let mapping = unsafe mapping {
            let bytes = unsafe UnsafeBufferPointer(mapping.bindMemory(to: UInt8.self))
            isCompressed = unsafe GzipInflater.isPacked(bytes.span)
            if !isCompressed { return unsafe feed(mapped: bytes, body) }
        }
        try feedWindow(body)
    }

    /// A piece at a time: pages that are done with are given back, so that a large file costs no memory.
    private func feed(mapped bytes: UnsafeBufferPointer<UInt8>, _ body: (Span<UInt8>, Bool) -> InputDemand) {
        let page = max(1, Int(sysconf(Int32(_SC_PAGESIZE))))
        var (start, end, kept) = (0, min(bytes.count, Self.piece), 0)
        while true {
            let window = unsafe UnsafeBufferPointer(rebasing: bytes[start..<end])
            let isComplete = end == bytes.count
            let demand = unsafe body(window.span, isComplete)
            guard case .more(let released, let needed) = demand, !isComplete else { return }
            start += max(0, min(released, end - start))
            end += min(max(needed, start + Self.piece - end, 1), bytes.count - end)
            let done = start / page * page
            guard done > kept, let base = bytes.baseAddress else { continue }
            unsafe madvise(UnsafeMutableRawPointer(mutating: base + kept), done - kept, MADV_DONTNEED)
            kept = done
        }
    }

    private func feedWindow(_ body: (Span<UInt8>, Bool) -> InputDemand) throws(FileError) {
        var window = InputWindow(capacity: Self.chunk * 2)
        let source = InputSource(self)
        // Whether it is packed must be known before anything is given away.
        try window.fill(from: source, atLeast: 1)
        while true {
            let demand = window.lend { bytes in body(bytes, source.isAtEnd) }
            guard case .more(let released, let count) = demand else { return }
            window.release(released)
            guard !source.isAtEnd else { return }
            guard window.count + count <= InputWindow.most else {
                source.isAtEnd = true
                continue
            }
            try window.fill(from: source, atLeast: max(1, count))
        }
    }
}

extension InputWindow {
    fileprivate mutating func fill(from source: InputSource, atLeast count: Int) throws(FileError) {
        let wanted = self.count + count
        while self.count < wanted, !source.isAtEnd {
            _ = try take(room: max(1 << 16, wanted - self.count)) { (buffer) throws(FileError) in
                try unsafe source.read(into: buffer)
            }
        }
    }
}

/// Where the bytes of a feed come from: a mapping or a descriptor, through an inflater where they are packed.
private final class InputSource {
    private let file: InputFile
    private var inflater: GzipInflater?
    private var hasBegun = false
    private var mappedOffset = 0
    private var packed = [UInt8](repeating: 0, count: 1 << 16)
    var isAtEnd = false

    init(_ file: InputFile) {
        self.file = file
    }

    /// At least one byte, but for the end, which `isAtEnd` says.
    func read(into buffer: UnsafeMutableRawBufferPointer) throws(FileError) -> Int {
        if !hasBegun, let count = try unsafe begin(buffer) { return count }
        guard let inflater else {
            let count = try unsafe file.readSome(buffer)
            if count == 0 { isAtEnd = true }
            return count
        }
        while true {
            if inflater.needsInput, !inflater.isFinished { try refill(inflater) }
            let count = unsafe inflater.inflate(into: buffer)
            if inflater.isFinished {
                isAtEnd = true
                file.problem = inflater.problem
            }
            if count > 0 || isAtEnd { return count }
        }
    }

    /// Looks at the first bytes. What is not packed is given as it came.
    private func begin(_ buffer: UnsafeMutableRawBufferPointer) throws(FileError) -> Int? {
        hasBegun = true
        if file.isMapped {
            inflater = GzipInflater()
            return nil
        }
        var count = 0
        while count < 3 {
            let got = try unsafe file.readSome(UnsafeMutableRawBufferPointer(rebasing: buffer[count...]))
            if got == 0 { break }
            count += got
        }
        let bytes = unsafe Array(buffer[..<count])
        guard GzipInflater.isPacked(bytes.span) else {
            if count == 0 { isAtEnd = true }
            return count
        }
        file.isCompressed = true
        let inflater = GzipInflater()
        inflater.give(bytes)
        self.inflater = inflater
        return nil
    }

    private func refill(_ inflater: GzipInflater) throws(FileError) {
        if let mapping = unsafe file.mapping {
            let end = min(mapping.count, mappedOffset + (1 << 16))
            unsafe inflater.give(Array(mapping[mappedOffset..<end]))
            mappedOffset = end
            return
        }
        let count = try packed.withUnsafeMutableBufferPointer { (buffer) throws(FileError) in
            try unsafe file.readSome(UnsafeMutableRawBufferPointer(buffer))
        }
        inflater.give(Array(packed[..<count]))
    }
}
