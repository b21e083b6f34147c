import Testing

@testable import Engine

/// Frames that pass a bridge and its port are one packet; everything else stays what it is.
@Suite("Copies of one frame on a bridge and on its port")
struct BridgedCopiesTests {
    private static let interfaces = ["br0", "eth0", "eth1", "lo"]
    private static let masters = ["eth0": "br0", "eth2": "br0"]
    private static let syn: [UInt8] = [1, 2, 3]

    /// Where and when the same three bytes are seen, in milliseconds, and which of these sights are copies.
    private struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        var sights: [(interface: String, at: Int64)]
        var copies: [Bool]
        var testDescription: String { name }
    }

    private static let cases: [Case] = [
        Case(name: "out: the bridge, then its port", sights: [("br0", 0), ("eth0", 0)], copies: [false, true]),
        Case(name: "in: the port, then its bridge", sights: [("eth0", 0), ("br0", 1)], copies: [false, true]),
        Case(name: "sent again on the bridge", sights: [("br0", 0), ("br0", 1)], copies: [false, false]),
        Case(
            name: "sent again, and each has its copy",
            sights: [("br0", 0), ("eth0", 0), ("br0", 1), ("eth0", 1)], copies: [false, true, false, true]),
        Case(
            name: "twice on the bridge before the port is read",
            sights: [("br0", 0), ("br0", 0), ("eth0", 0), ("eth0", 0)], copies: [false, false, true, true]),
        Case(name: "another device, which stands alone", sights: [("br0", 0), ("eth1", 0)], copies: [false, false]),
        Case(
            name: "a retransmission that the bridge dropped", sights: [("br0", 0), ("eth0", 200)],
            copies: [false, false]),
    ]

    @Test("Only the second sight on another device of the same bridge is a copy", arguments: cases)
    private func sights(_ each: Case) throws {
        var copies = BridgedCopies(interfaces: Self.interfaces, masters: Self.masters)
        let found = try each.sights.map { sight in
            let interface = try #require(Self.interfaces.firstIndex(of: sight.interface))
            return copies.isCopy(Self.syn, interface: interface, unixNanoseconds: sight.at * 1_000_000)
        }
        #expect(found == each.copies)
    }

    /// Which of these frames are copies.
    private static func copies(
        of frames: [(bytes: [UInt8], interface: Int)], on interfaces: [String] = interfaces
    ) -> [Bool] {
        var copies = BridgedCopies(interfaces: interfaces, masters: masters)
        return frames.map { copies.isCopy($0.bytes, interface: $0.interface, unixNanoseconds: 0) }
    }

    @Test("Other bytes are another packet")
    func otherBytes() {
        let (first, second) = (Self.syn, [UInt8](Self.syn.reversed()))
        #expect(Self.copies(of: [(first, 0), (second, 1), (first, 1)]) == [false, false, true])
    }

    @Test("Two ports of a bridge that is not watched itself are one group")
    func portsAlone() {
        #expect(Self.copies(of: [(Self.syn, 0), (Self.syn, 1)], on: ["eth0", "eth2"]) == [false, true])
    }

    @Test("What is kept to compare with stays bounded: the first are forgotten, and the last are not")
    func bounded() {
        func bytes(_ number: Int) -> [UInt8] {
            [UInt8(truncatingIfNeeded: number), UInt8(truncatingIfNeeded: number >> 8)]
        }
        let many = (0..<5_000).map { (bytes: bytes($0), interface: 0) }
        let found = Self.copies(of: many + [(bytes(0), 1), (bytes(4_999), 1)])
        #expect(found.count(where: \.self) == 1 && found.last == true)
    }
}
