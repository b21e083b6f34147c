#if os(Linux)
    internal import Glibc
#endif

/// This program's own file.
public enum OwnProgram {
    /// Where it lies, symbolic links resolved; nil where the system does not tell (Linux: without /proc).
    public static let path: String? = {
        #if os(Linux)
            let path = unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: 4_096) { buffer in
                let count = unsafe buffer.baseAddress.map { unsafe readlink("/proc/self/exe", $0, buffer.count) } ?? 0
                return unsafe String(
                    decoding: buffer[..<Swift.max(0, count)].map { UInt8(bitPattern: $0) }, as: UTF8.self)
            }
            return path.isEmpty ? nil : path
        #else
            return nil
        #endif
    }()
}
