#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

extension ReplacingFile {
    /// Nobody else's files end like that: what is removed is ours.
    static let ending = ".stallpoint.part"
    /// A folder may hold anything; so many of its names are looked at.
    private static let mostNames = 4_096

    /// A new file, locked for as long as this process lives: whoever gets the lock of one finds what a dead process left.
    /// Another run may find it between its making and its lock, and take it for that; then it is made again.
    static func openLocked(_ temporary: String, for path: String) throws(FileError) -> Int32 {
        for _ in 0..<16 {
            let descriptor = unsafe open(temporary, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
            guard descriptor >= 0 else {
                guard errno == EEXIST else { throw FileError("write", path, errno) }
                usleep(1_000)
                continue
            }
            var status = stat()
            // Where a file system has no locks nobody gets one, and nothing is removed either.
            let isTaken = flock(descriptor, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK
            if !isTaken, unsafe fstat(descriptor, &status) == 0, status.st_nlink > 0 { return descriptor }
            close(descriptor)
        }
        throw FileError("write", path, EEXIST)
    }

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

    /// `NAME.123.stallpoint.part`.
    private static func isLeftover(_ found: String, of name: Substring) -> Bool {
        guard found.hasPrefix("\(name)."), found.hasSuffix(ending) else { return false }
        let number = found.dropFirst(name.count + 1).dropLast(ending.count)
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
