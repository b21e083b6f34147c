#if os(Linux)
    import Glibc
    import HostNetwork
    import Testing

    @Suite struct FileTests {
        /// A directory of its own for each test, gone at the end.
        final class Directory {
            let path: String

            init() throws {
                var template = Array("/tmp/stallpoint-files-XXXXXX".utf8CString)
                try #require(mkdtemp(&template) != nil)
                path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
            }

            deinit {
                for name in names { unlink("\(path)/\(name)") }
                rmdir(path)
            }

            var names: [String] {
                guard let directory = opendir(path) else { return [] }
                defer { closedir(directory) }
                var names: [String] = []
                while let entry = readdir(directory) {
                    let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                        pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
                    }
                    if name != ".", name != ".." { names.append(name) }
                }
                return names
            }
        }

        private func contents(_ path: String) throws -> [UInt8] {
            try InputFile(reading: path).withBytes { bytes in (0..<bytes.count).map { bytes[$0] } }
        }

        @Test("What a killed run left beside the file goes with the next one; what a live one writes stays")
        func leftovers() throws {
            let directory = try Directory()
            let path = "\(directory.path)/x.pcapng"
            let names = [
                "x.pcapng.1234.stallpoint.part", "x.pcapng.5678.stallpoint.part", "x.pcapng.007.stallpoint.part",
                "x.pcapng.1234.part", "x.pcapng.stallpoint.part", "y.pcapng.12.stallpoint.part",
            ]
            for name in names { try write("\(directory.path)/\(name)", [1]) }
            symlink("y.pcapng.12.stallpoint.part", "\(directory.path)/x.pcapng.9.stallpoint.part")
            // A descriptor of its own is another's lock, also within one process (flock(2)).
            let live = open("\(directory.path)/x.pcapng.5678.stallpoint.part", O_RDWR)
            #expect(live >= 0 && flock(live, LOCK_EX | LOCK_NB) == 0)
            let file = try ReplacingFile(replacing: path)
            let second = try ReplacingFile(replacing: "\(directory.path)/z")
            #expect(
                Set(directory.names)
                    == Set(names.dropFirst()).union([
                        "x.pcapng.9.stallpoint.part", "x.pcapng.\(getpid()).stallpoint.part",
                        "z.\(getpid()).stallpoint.part",
                    ]))
            close(live)
            file.discard()
            second.discard()
        }

        private func write(_ path: String, _ bytes: [UInt8]) throws {
            let file = try ReplacingFile(replacing: path)
            try file.append(bytes.span)
            try file.commit()
        }

        private func mode(_ path: String) -> UInt32 {
            var status = stat()
            return stat(path, &status) == 0 ? status.st_mode & 0o777 : 0
        }

        @Test func appearsOnlyWhenComplete() throws {
            let directory = try Directory()
            let path = "\(directory.path)/run.pcapng"
            let file = try ReplacingFile(replacing: path)
            try file.append([1, 2].span)
            #expect(!directory.names.contains("run.pcapng"))
            try file.append([3].span)
            #expect(file.bytesWritten == 3)
            try file.commit()
            #expect(directory.names == ["run.pcapng"])
            let bytes = try contents(path)
            #expect(bytes == [1, 2, 3])
        }

        @Test func whatWasThereStaysUntilThen() throws {
            let directory = try Directory()
            let path = "\(directory.path)/run.pcapng"
            try write(path, [9])
            let file = try ReplacingFile(replacing: path)
            try file.append([1].span)
            let before = try contents(path)
            #expect(before == [9])
            file.discard()
            #expect(directory.names == ["run.pcapng"])
            let after = try contents(path)
            #expect(after == [9])
        }

        /// A capture holds what others said: a file that was private does not become public by being replaced.
        @Test func aPrivateFileStaysPrivate() throws {
            let directory = try Directory()
            let path = "\(directory.path)/run.pcapng"
            try write(path, [1])
            chmod(path, 0o600)
            try write(path, [2])
            #expect(mode(path) == 0o600)
        }

        @Test func aFullDiskIsSaid() throws {
            let file = try ReplacingFile(replacing: "/dev/full")
            let error = #expect(throws: FileError.self) { try file.append([1].span) }
            #expect(error?.errno == ENOSPC)
            #expect(error?.path == "/dev/full")
        }

        @Test(arguments: [("", EISDIR), ("/absent/run.pcapng", ENOENT)] as [(String, Int32)])
        func placesThatCannotBeWritten(_ place: String, _ number: Int32) throws {
            let directory = try Directory()
            let path = directory.path + place
            let error = #expect(throws: FileError.self) { try ReplacingFile(replacing: path) }
            #expect(error?.errno == number)
            #expect(error?.isMissing == (number == ENOENT))
            #expect(directory.names.isEmpty)
        }

        @Test func aPipeIsWrittenStraightAndReadToItsEnd() throws {
            let directory = try Directory()
            let path = "\(directory.path)/pipe"
            #expect(mkfifo(path, 0o600) == 0)
            // Both ends at once, so that neither open waits for the other.
            let keeper = open(path, O_RDWR)
            defer { close(keeper) }
            let file = try ReplacingFile(replacing: path)
            try file.append([1, 2, 3].span)
            try file.commit()
            var buffer = [UInt8](repeating: 0, count: 8)
            #expect(read(keeper, &buffer, 8) == 3)
            #expect(directory.names == ["pipe"])
        }

        @Test(arguments: [("/absent/capture", ENOENT), ("", EISDIR)] as [(String, Int32)])
        func whatCannotBeReadIsThrown(_ place: String, _ number: Int32) throws {
            let directory = try Directory()
            let path = directory.path + place
            let error = #expect(throws: FileError.self) { try InputFile(reading: path) }
            #expect(error?.errno == number)
        }

        @Test func anEmptyFileHasNoBytes() throws {
            let bytes = try contents("/dev/null")
            #expect(bytes.isEmpty)
        }

        /// /proc says 0 for the length of its files; they are read all the same.
        @Test func aFileWithoutALengthIsRead() throws {
            let bytes = try contents("/proc/self/status")
            #expect(bytes.starts(with: Array("Name:".utf8)))
        }
    }
#endif
