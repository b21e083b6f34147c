#if os(Linux)
    import Glibc
    import HostNetwork
    import Testing

    /// Bytes from front to back, packed or not, in a window that stays small.
    @Suite struct InputFeedTests {
        /// gzip without compression, RFC 1952 and section 3.2.4 of RFC 1951: put together here, so that zlib is not
        /// held against itself.
        static func packed(_ bytes: [UInt8], name: String? = nil) -> [UInt8] {
            var packed: [UInt8] = [0x1F, 0x8B, 8, name == nil ? 0 : 8, 0, 0, 0, 0, 0, 3]
            if let name { packed += Array(name.utf8) + [0] }
            var rest = bytes[...]
            repeat {
                let block = rest.prefix(65_535)
                rest = rest.dropFirst(block.count)
                let count = UInt16(block.count)
                packed += [rest.isEmpty ? 1 : 0] + [count, ~count].flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] }
                packed += block
            } while !rest.isEmpty
            for number in [checkSum(bytes), UInt32(truncatingIfNeeded: bytes.count)] {
                packed += [0, 8, 16, 24].map { UInt8(truncatingIfNeeded: number >> UInt32($0)) }
            }
            return packed
        }

        private static func checkSum(_ bytes: [UInt8]) -> UInt32 {
            ~bytes.reduce(UInt32.max) { sum, byte in
                (0..<8).reduce(sum ^ UInt32(byte)) { value, _ in value >> 1 ^ (value & 1 == 1 ? 0xEDB8_8320 : 0) }
            }
        }

        struct Fed {
            var bytes: [UInt8] = []
            var isCompressed = false
            var problem: InputProblem?
            var largestWindow = 0
            var endings = 0
        }

        /// Takes `piece` bytes at a time from the front of the window.
        static func fed(_ path: String, piece: Int = 1000) throws -> Fed {
            let input = try InputFile(reading: path)
            var fed = Fed()
            try input.feed { window, isComplete in
                fed.largestWindow = max(fed.largestWindow, window.count)
                if isComplete { fed.endings += 1 }
                let count = isComplete ? window.count : min(piece, window.count)
                for index in 0..<count { fed.bytes.append(window[index]) }
                return .more(released: count, atLeast: window.count > count ? 0 : 1)
            }
            fed.isCompressed = input.isCompressed
            fed.problem = input.problem
            return fed
        }

        static let content = (0..<200_000).map { UInt8(truncatingIfNeeded: $0 &* 7 ^ $0 >> 8) }

        /// Each way in which a file may be there: in a folder, and at the end of a pipe.
        private func expect(
            _ file: [UInt8], _ content: [UInt8], isCompressed: Bool, _ problem: InputProblem? = nil,
            sourceLocation: SourceLocation = #_sourceLocation
        ) throws {
            let directory = try FileTests.Directory()
            let path = "\(directory.path)/input"
            let output = try ReplacingFile(replacing: path)
            try output.append(file.span)
            try output.commit()
            let mapped = try Self.fed(path)
            #expect(mapped.bytes == content, sourceLocation: sourceLocation)
            #expect(mapped.isCompressed == isCompressed, sourceLocation: sourceLocation)
            #expect(mapped.problem == problem, sourceLocation: sourceLocation)
            #expect(mapped.endings == 1, sourceLocation: sourceLocation)

            let pipe = "\(directory.path)/pipe"
            #expect(mkfifo(pipe, 0o600) == 0)
            guard let writer = popen("cat '\(path)' > '\(pipe)'", "w") else {
                Issue.record("no shell")
                return
            }
            let piped = try Self.fed(pipe)
            pclose(writer)
            #expect(piped.bytes == content, sourceLocation: sourceLocation)
            #expect(piped.isCompressed == isCompressed, sourceLocation: sourceLocation)
            #expect(piped.problem == problem, sourceLocation: sourceLocation)
            #expect(piped.largestWindow < 1 << 20, sourceLocation: sourceLocation)
        }

        @Test(arguments: [0, 1, 2, 3, 70_000, 200_000])
        func plain(count: Int) throws {
            let content = Array(Self.content.prefix(count))
            try expect(content, content, isCompressed: false)
        }

        @Test(arguments: [0, 1, 65_535, 200_000], [nil, "case.pcap"])
        func packed(count: Int, name: String?) throws {
            let content = Array(Self.content.prefix(count))
            try expect(Self.packed(content, name: name), content, isCompressed: true)
        }

        @Test func membersAreOneStream() throws {
            let parts = [[1, 2, 3], [], Self.content, [4]] as [[UInt8]]
            try expect(parts.flatMap { Self.packed($0) }, parts.flatMap { $0 }, isCompressed: true)
            // A tape's last block is filled with zeros.
            try expect(Self.packed([5]) + [0, 0, 0, 0], [5], isCompressed: true)
        }

        /// What is whole comes out, and the packed offset says how far that was.
        @Test func cutAnywhere() throws {
            let file = Self.packed([1, 2, 3, 4, 5])
            for count in 15..<file.count {
                let whole = min(5, count - 15)
                try expect(
                    Array(file.prefix(count)), Array([1, 2, 3, 4, 5].prefix(whole)), isCompressed: true,
                    .cut(at: count))
            }
        }

        @Test func damaged() throws {
            let good = Self.packed([1, 2, 3])
            var checkSum = good
            checkSum[checkSum.count - 6] ^= 1
            let directory = try FileTests.Directory()
            let path = "\(directory.path)/input"
            for (file, content) in [(checkSum, [1, 2, 3]), (Array(good.prefix(10)) + [0x07], [])]
                as [([UInt8], [UInt8])]
            {
                let output = try ReplacingFile(replacing: path)
                try output.append(file.span)
                try output.commit()
                let fed = try Self.fed(path)
                #expect(fed.bytes == content)
                guard case .damaged = fed.problem else {
                    Issue.record("\(String(describing: fed.problem))")
                    continue
                }
                #expect(fed.problem?.isLoss == true)
            }
        }

        @Test func somethingElseBehind() throws {
            let good = Self.packed([1, 2, 3])
            let directory = try FileTests.Directory()
            let path = "\(directory.path)/input"
            let output = try ReplacingFile(replacing: path)
            try output.append((good + Array("no gzip".utf8)).span)
            try output.commit()
            let fed = try Self.fed(path)
            #expect(fed.bytes == [1, 2, 3])
            guard case .trailingBytes = fed.problem else {
                Issue.record("\(String(describing: fed.problem))")
                return
            }
            #expect(fed.problem?.isLoss == false)
        }

        /// A reader that wants more than there is sees the end; one that has enough sees no more.
        @Test func demands() throws {
            let directory = try FileTests.Directory()
            let path = "\(directory.path)/input"
            let output = try ReplacingFile(replacing: path)
            try output.append(Self.packed(Self.content).span)
            try output.commit()
            var calls: [(Int, Bool)] = []
            try InputFile(reading: path).feed { window, isComplete in
                calls.append((window.count, isComplete))
                return .more(released: 0, atLeast: 10_000_000)
            }
            #expect(calls.last?.0 == Self.content.count && calls.last?.1 == true)
            calls = []
            try InputFile(reading: path).feed { window, isComplete in
                calls.append((window.count, isComplete))
                return .done
            }
            #expect(calls.count == 1)
        }

        /// A mapped file can be fed twice.
        @Test func twice() throws {
            let directory = try FileTests.Directory()
            let path = "\(directory.path)/input"
            for file in [Self.content, Self.packed(Self.content)] {
                let output = try ReplacingFile(replacing: path)
                try output.append(file.span)
                try output.commit()
                let input = try InputFile(reading: path)
                for _ in 0..<2 {
                    var count = 0
                    try input.feed { window, _ in
                        count += window.count
                        return .more(released: window.count, atLeast: 1)
                    }
                    #expect(count == Self.content.count)
                }
            }
        }
    }
#endif
