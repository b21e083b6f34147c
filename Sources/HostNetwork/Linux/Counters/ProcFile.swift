#if os(Linux)
    internal import Glibc

    /// Text that the kernel makes when it is asked (proc(5)), bounded.
    enum ProcFile {
        /// Nil where it is missing or may not be read. What lies beyond `most` is cut.
        static func bytes(_ path: String, most: Int = 1 << 16) -> [UInt8]? {
            let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
            guard descriptor >= 0 else { return nil }
            defer { close(descriptor) }
            var bytes: [UInt8] = []
            var chunk = [UInt8](repeating: 0, count: 1 << 14)
            while bytes.count < most {
                let count = unsafe chunk.withUnsafeMutableBytes { unsafe read(descriptor, $0.baseAddress, $0.count) }
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { return count < 0 && bytes.isEmpty ? nil : bytes }
                bytes += chunk[..<count]
            }
            return Array(bytes.prefix(most))
        }

        static func text(_ path: String, most: Int = 1 << 16) -> String? {
            bytes(path, most: most).map { String(decoding: $0, as: UTF8.self) }
        }

        static func number(_ path: String) -> UInt64? {
            text(path, most: 64)?.split(whereSeparator: \.isWhitespace).first.flatMap { UInt64($0) }
        }

        /// Where a symbolic link of proc points: `net:[4026531840]`.
        static func link(_ path: String) -> String? {
            unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: 4_096) { buffer in
                guard let base = buffer.baseAddress else { return nil }
                let count = unsafe readlink(path, base, buffer.count)
                guard count > 0 else { return nil }
                return unsafe String(decoding: buffer.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
            }
        }
    }
#endif
