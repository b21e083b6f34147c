#if os(Linux)
    import Foundation
    import Glibc
    import HostNetwork
    import Testing

    /// Files that grow, shrink, move and come again while they are read.
    @Suite struct GrowingFileTests {
        /// Takes whole lines, and says how a follower got on.
        private struct Reader {
            let file: GrowingFile
            var lines: [String] = []
            var rest = ""

            init(_ path: String) throws { file = try GrowingFile(following: path) }

            mutating func take(_ bytes: Span<UInt8>, isComplete: Bool) -> InputDemand {
                var text: [UInt8] = []
                for index in 0..<bytes.count { text.append(bytes[index]) }
                let parts = text.split(separator: 10, omittingEmptySubsequences: false)
                lines += parts.dropLast().map { String(decoding: $0, as: UTF8.self) }
                let left = parts.last ?? []
                if isComplete { rest = String(decoding: left, as: UTF8.self) }
                return .more(released: bytes.count - left.count, atLeast: 1)
            }

            /// What it comes to until there is nothing to do.
            mutating func steps() throws -> [GrowingFile.Step] {
                var steps: [GrowingFile.Step] = []
                while steps.count < 100 {
                    steps.append(try file.advance { take($0, isComplete: $1) })
                    switch steps.last {
                    case .rested, .ended, .isPacked: return steps
                    case .wasReplaced, .wasCut:
                        file.finish { take($0, isComplete: $1) }
                        file.begin()
                    default: break
                    }
                }
                return steps
            }
        }

        private func append(_ text: String, _ path: String) throws {
            if !FileManager.default.fileExists(atPath: path) {
                #expect(FileManager.default.createFile(atPath: path, contents: nil))
            }
            let handle = try FileHandle(forWritingTo: URL(filePath: path))
            try handle.seekToEnd()
            try handle.write(contentsOf: Data(text.utf8))
            try handle.close()
        }

        @Test func grows() throws {
            let directory = try FileTests.Directory()
            let path = "\(directory.path)/x"
            try append("", path)
            var reader = try Reader(path)
            #expect(try reader.steps() == [.rested])
            try append("one\ntw", path)
            #expect(try reader.steps() == [.grew, .rested])
            #expect(reader.lines == ["one"] && reader.file.heldBack == 2)
            try append("o\nthr", path)
            #expect(try reader.steps() == [.grew, .rested])
            #expect(reader.lines == ["one", "two"])
            reader.file.finish { reader.take($0, isComplete: $1) }
            #expect(reader.rest == "thr")
        }

        @Test("Another file under its name: the old one is read to its end first")
        func replaced() throws {
            let directory = try FileTests.Directory()
            let path = "\(directory.path)/x"
            try append("old\n", path)
            var reader = try Reader(path)
            _ = try reader.steps()
            try append("last", path)
            #expect(rename(path, "\(path).1") == 0)
            try append("new\n", path)
            #expect(try reader.steps().filter { $0 != .grew } == [.wasReplaced, .rested])
            #expect(reader.lines == ["old", "new"] && reader.rest == "last")
        }

        @Test("Without a name it is read on, and left when there is another")
        func removed() throws {
            let directory = try FileTests.Directory()
            let path = "\(directory.path)/x"
            try append("first\n", path)
            var reader = try Reader(path)
            _ = try reader.steps()
            #expect(rename(path, "\(path).1") == 0)
            #expect(try reader.steps() == [.wasRemoved, .rested])
            try append("b\n", "\(path).1")
            #expect(try reader.steps() == [.grew, .rested])
            try append("third\n", path)
            #expect(try reader.steps().contains(.wasReplaced))
            #expect(reader.lines == ["first", "b", "third"])
            // What is no file is not followed.
            #expect(unlink(path) == 0 && mkdir(path, 0o700) == 0)
            #expect(try reader.steps() == [.rested])
            #expect(rmdir(path) == 0)
            #expect(try reader.steps() == [.wasRemoved, .rested])
        }

        @Test("Cut to be written anew, and cut by a writer that takes half a record back")
        func cut() throws {
            let directory = try FileTests.Directory()
            let path = "\(directory.path)/x"
            try append("one\ntwo\nthr", path)
            var reader = try Reader(path)
            _ = try reader.steps()
            #expect(truncate(path, 8) == 0)
            #expect(try reader.steps() == [.rested] && reader.file.heldBack == 0)
            try append("four\n", path)
            _ = try reader.steps()
            #expect(reader.lines == ["one", "two", "four"])
            #expect(truncate(path, 0) == 0)
            #expect(try reader.steps() == [.wasCut, .rested])
            try append("again\n", path)
            _ = try reader.steps()
            #expect(reader.lines.last == "again" && reader.rest.isEmpty)
        }

        @Test("A FIFO is opened without waiting, and ends with its writer")
        func fifo() throws {
            let directory = try FileTests.Directory()
            let path = "\(directory.path)/pipe"
            #expect(mkfifo(path, 0o600) == 0)
            var reader = try Reader(path)
            #expect(reader.file.readiness != nil)
            #expect(try reader.steps() == [.rested])
            let writer = try FileHandle(forWritingTo: URL(filePath: path))
            #expect(try reader.steps() == [.rested])
            try writer.write(contentsOf: Data("a\nb".utf8))
            #expect(try reader.steps() == [.grew, .rested])
            try writer.write(contentsOf: Data("\nc".utf8))
            try writer.close()
            #expect(try reader.steps() == [.grew, .ended])
            #expect(reader.lines == ["a", "b"] && reader.rest == "c")
        }

        @Test("Packed ones are told, whatever the pieces they come in")
        func packed() throws {
            let directory = try FileTests.Directory()
            let path = "\(directory.path)/x.gz"
            let whole = InputFeedTests.packed(Array("a\nb\n".utf8))
            try Data(whole[..<2]).write(to: URL(filePath: path))
            var reader = try Reader(path)
            #expect(try reader.steps() == [.grew, .rested])
            let handle = try FileHandle(forWritingTo: URL(filePath: path))
            try handle.seekToEnd()
            try handle.write(contentsOf: Data(whole[2...]))
            try handle.close()
            #expect(try reader.steps() == [.isPacked])
            #expect(try reader.steps().last == .rested && reader.lines.isEmpty)
        }

        @Test("A reader that is done costs no memory")
        func done() throws {
            let directory = try FileTests.Directory()
            let path = "\(directory.path)/x"
            try append(String(repeating: "x", count: 100), path)
            let file = try GrowingFile(following: path)
            #expect(try file.advance { _, _ in .done } == .grew)
            try append(String(repeating: "y", count: 8 << 20), path)
            var steps = 0
            while try file.advance({ _, _ in .done }) != .rested { steps += 1 }
            #expect(steps >= 8 && file.heldBack <= 1 << 20)
        }

        @Test func refused() throws {
            let directory = try FileTests.Directory()
            #expect(throws: FileError.self) { try GrowingFile(following: directory.path) }
            #expect(throws: FileError.self) { try GrowingFile(following: "\(directory.path)/missing") }
            var reader = try Reader("/dev/null")
            #expect(try reader.steps() == [.ended])
        }
    }
#endif
