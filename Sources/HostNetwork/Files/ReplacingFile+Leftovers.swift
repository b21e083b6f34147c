#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

extension ReplacingFile {
    /// A folder may hold anything; so many of its names are looked at.
    private static let mostNames = 4_096

    /// Removes what runs that were killed have left beside that file: nobody holds its lock any more.
    static func removeLeftovers(of path: String) {
        let cut = path.lastIndex(of: "/")
        let parent = cut.map { String(path[...$0]) } ?? "./"
        let name = cut.map { path[path.index(after: $0)...] } ?? path[...]
        guard let folder = unsafe opendir(parent) else { return }
        defer { unsafe closedir(folder) }
        for _ in 0..<mostNames {
            guard let entry = unsafe readdir(folder) else { return }
            let found = unsafe withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                String(decoding: unsafe bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if isLeftover(found, of: name) { removeUnlocked(parent + found) }
        }
    }

    /// `NAME.123.part`.
    private static func isLeftover(_ found: String, of name: Substring) -> Bool {
        guard found.hasPrefix("\(name)."), found.hasSuffix(".part") else { return false }
        let number = found.dropFirst(name.count + 1).dropLast(5)
        return Int32(number).map { $0 > 0 && number == "\($0)" } ?? false
    }

    private static func removeUnlocked(_ path: String) {
        let descriptor = unsafe open(path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
        guard descriptor >= 0 else { return }
        defer { close(descriptor) }
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG,
            flock(descriptor, LOCK_EX | LOCK_NB) == 0
        else { return }
        unsafe unlink(path)
    }
}
