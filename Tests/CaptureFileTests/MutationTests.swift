import CaptureFile
import Foundation
import PacketWire
import StallpointTestKit
import Testing

/// Every small file there is, changed in every way that disks, networks and editors change files.
@Suite struct MutationTests {
    enum Mutation: CaseIterable, CustomStringConvertible {
        case flip, cut, insert, remove, swap, zero, duplicate

        var description: String {
            switch self {
            case .flip: "a bit flipped"
            case .cut: "the end cut"
            case .insert: "bytes put in"
            case .remove: "bytes taken out"
            case .swap: "two parts exchanged"
            case .zero: "bytes zeroed"
            case .duplicate: "a part twice"
            }
        }

        func applied(to bytes: [UInt8], using generator: inout SeededGenerator) -> [UInt8] {
            guard bytes.count > 4 else { return bytes }
            var bytes = bytes
            func place() -> Range<Int> {
                let start = Int.random(in: 0..<bytes.count, using: &generator)
                return start..<min(bytes.count, start + Int.random(in: 1...40, using: &generator))
            }
            let first = place()
            switch self {
            case .flip: bytes[first.lowerBound] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
            case .cut: bytes.removeSubrange(first.lowerBound...)
            case .insert:
                let noise = generator.bytes(.random(in: 1...40, using: &generator))
                bytes.insert(contentsOf: noise, at: first.lowerBound)
            case .remove: bytes.removeSubrange(first)
            case .swap:
                let second = place()
                guard first.upperBound <= second.lowerBound else { break }
                let (one, other) = (bytes[first], bytes[second])
                bytes.replaceSubrange(second, with: one)
                bytes.replaceSubrange(first, with: other)
            case .zero: bytes.replaceSubrange(first, with: [UInt8](repeating: 0, count: first.count))
            case .duplicate: bytes.insert(contentsOf: bytes[first], at: first.upperBound)
            }
            return bytes
        }
    }

    /// Captures of at most 12,000 bytes in the fixtures, and in the corpora where those are at hand.
    static let files: [(name: String, bytes: [UInt8])] = {
        var files: [(name: String, bytes: [UInt8])] = []
        for folder in [FixtureTests.root, CorpusTests.folder].compactMap({ $0 }) {
            let names = FileManager.default.enumerator(atPath: folder.path)?.compactMap { $0 as? String } ?? []
            for name in names.sorted() where [".pcap", ".pcapng", ".snoop"].contains(where: name.hasSuffix) {
                guard let data = try? Data(contentsOf: folder.appending(path: name)), data.count <= 12_000 else {
                    continue
                }
                files.append((name, Array(data)))
            }
        }
        return files
    }()

    /// Of its own, so that a file more changes nothing for the others: FNV-1a of the name.
    private static func seed(of name: String) -> UInt64 {
        name.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    }

    private func check(_ bytes: [UInt8], _ comment: Comment) -> CaptureFile.Contents {
        let contents = CaptureFile.readAll(bytes)
        // Each byte of the file is at most once in a packet.
        #expect(contents.packets.reduce(0) { $0 + $1.bytes.count } <= bytes.count, comment)
        let once = Repaired(bytes)
        if once.refusal != nil {
            #expect(contents.packets.isEmpty, comment)
            return contents
        }
        #expect(once.bytes.count <= bytes.count + 64 * (1 + contents.totals.places), comment)
        let again = CaptureFile.readAll(once.bytes)
        #expect(again.packets.map(\.bytes) == contents.packets.map(\.bytes), comment)
        #expect(again.problem == nil && again.totals.isEmpty, comment)
        #expect(Repaired(once.bytes, comment: "again").bytes == once.bytes, comment)
        return contents
    }

    @Test(arguments: Mutation.allCases)
    func manyAtOnce(mutation: Mutation) {
        #expect(Self.files.count > 20)
        for file in Self.files {
            var generator = SeededGenerator(seed: Self.seed(of: file.name))
            for round in 0..<6 {
                var bytes = file.bytes
                for _ in 0...round { bytes = mutation.applied(to: bytes, using: &generator) }
                _ = check(bytes, "\(file.name), \(mutation), round \(round)")
            }
        }
    }

    /// Bytes that are missing in the file's header shift all numbers behind it: two lengths that are out of bounds, and
    /// nothing whole behind them, are as good in the repaired file, which ends there, as they were in front of more.
    @Test(.enabled(if: CorpusTests.folder != nil, "no shared/corpora"))
    func seedsThatFailedOnce() throws {
        let file = try #require(Self.files.first { $0.name == "tcpdump__pptp.pcap" })
        for seed in [321, 327, 362] as [UInt64] {
            var generator = SeededGenerator(seed: seed)
            for round in 0..<6 {
                var bytes = file.bytes
                for _ in 0...round { bytes = Mutation.remove.applied(to: bytes, using: &generator) }
                _ = check(bytes, "seed \(seed), round \(round)")
            }
        }
    }

    @Test func ofEveryKindAtOnce() {
        for file in Self.files {
            var generator = SeededGenerator(seed: Self.seed(of: file.name) &+ 1000)
            for round in 0..<8 {
                var bytes = file.bytes
                for mutation in Mutation.allCases.shuffled(using: &generator).prefix(1 + round % 4) {
                    bytes = mutation.applied(to: bytes, using: &generator)
                }
                _ = check(bytes, "\(file.name), round \(round)")
                // As from a pipe: not always the same is made of damage, but whatever is made of it is whole.
                let piecewise = Repaired(bytes, piece: 1 + Int.random(in: 0...900, using: &generator))
                guard piecewise.refusal == nil else { continue }
                let again = CaptureFile.readAll(piecewise.bytes)
                #expect(again.problem == nil && again.packets.count == piecewise.findings.packets, "\(file.name)")
            }
        }
    }

    /// One change costs the packet it hits and no other. What the reader is held against is not a reader: the places
    /// of the packets are known from how the file was made.
    @Test(arguments: RecoveryTests.kinds, [Mutation.flip, .cut, .insert, .remove, .zero])
    func noOtherPacketIsLost(kind: String, mutation: Mutation) {
        let built = RecoveryTests.build(kind)
        var generator = SeededGenerator(seed: 5)
        for round in 0..<400 {
            let damaged = mutation.applied(to: built.bytes, using: &generator)
            let head = zip(built.bytes, damaged).prefix { $0 == $1 }.count
            let tail = zip(built.bytes.reversed(), damaged.reversed()).prefix { $0 == $1 }.count
            // Damage to the descriptions in front is another matter: nothing can be made of packets without them.
            guard head > built.places[0].lowerBound + 16 else { continue }
            let changed = head..<max(head, built.bytes.count - tail)
            // Equal bytes beside a change make its place uncertain by some.
            let slack = mutation == .remove || mutation == .insert ? 24 : 0
            let whole = built.places.indices.filter {
                built.places[$0].upperBound + slack <= changed.lowerBound
                    || built.places[$0].lowerBound >= changed.upperBound + slack
            }
            let expected = whole.map { RecoveryTests.frames[$0] }
            let contents = check(damaged, "\(kind), \(mutation), round \(round)")
            let found = contents.packets.map(\.bytes).filter { expected.contains($0) }
            #expect(found == expected, "\(kind), \(mutation), round \(round), changed \(changed)")
        }
    }
}
