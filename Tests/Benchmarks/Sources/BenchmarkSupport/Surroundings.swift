import Glibc

/// Writes to standard output at once or, for what is no result, to standard error.
public func say(_ text: String, to descriptor: Int32 = 1) {
    var bytes = Array(text.utf8)[...]
    while !bytes.isEmpty {
        let count = bytes.withUnsafeBufferPointer { write(descriptor, $0.baseAddress, $0.count) }
        if count < 0, errno == EINTR { continue }
        guard count > 0 else { return }
        bytes = bytes.dropFirst(count)
    }
}

/// Where this program stands: it starts itself again in other surroundings.
public func ownProgram() throws -> String {
    guard let path = realpath("/proc/self/exe", nil) else {
        throw BenchmarkError("cannot find the path of this program")
    }
    defer { free(path) }
    return String(cString: path)
}

/// A folder for what is made on the way, below TMPDIR as everything that is temporary.
public struct ScratchFolder {
    public let path: String

    public init() throws {
        let parent = getenv("TMPDIR").map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 } ?? "/tmp"
        var template = Array("\(parent)/stallpoint-bench.XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw BenchmarkError("cannot make a folder in \(parent)") }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// With the files in it.
    public func remove() {
        guard let entries = opendir(path) else { return }
        defer { closedir(entries) }
        while let entry = readdir(entries) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            unlink("\(path)/\(name)")
        }
        rmdir(path)
    }
}
