import CaptureFile
import Diagnosis
import PacketWire
import StallpointTestKit
import Testing

@testable import CaptureReplay

/// Captures in which address resolution alone says something.
struct LinkNoteTests {
    private static let asker = MACAddress(rawValue: 0x0200_0000_0001)

    /// `ask 1`: who has 192.0.2.1; `7 is 1`: the station 7 has it.
    private static func frame(_ line: String) -> [UInt8] {
        let words = line.split(separator: " ")
        let address = IPv4Address(192, 0, 2, words.last.flatMap { UInt8($0) } ?? 0)
        let own = IPv4Address(192, 0, 2, 100)
        var bytes: [UInt8] = []
        if words[0] == "ask" {
            EthernetHeader(destination: .broadcast, source: asker, etherType: .arp).encode(into: &bytes)
            ARPPacket(.request, sender: asker, own, address).encode(into: &bytes)
        } else {
            let station = MACAddress(rawValue: 0x0200_0000_0000 | (UInt64(words[0]) ?? 0))
            EthernetHeader(destination: asker, source: station, etherType: .arp).encode(into: &bytes)
            ARPPacket(.reply, sender: station, address, target: asker, own).encode(into: &bytes)
        }
        return bytes
    }

    static let stories: [([String], [String])] = [
        (["ask 1", "ask 1", "ask 1"], ["nobody answers for 192.0.2.1 (asked for 3 times, first in frame 1)"]),
        (["ask 1", "ask 1", "7 is 1"], []), (["ask 1", "ask 2", "ask 3"], []),
        (
            ["ask 1", "ask 1", "ask 1", "ask 2", "ask 2", "ask 2", "ask 2"],
            ["nobody answers for 192.0.2.2 (asked for 4 times, first in frame 4), 192.0.2.1 (asked for 3 times"]
        ),
        (["ask 1", "7 is 1", "8 is 1", "7 is 1"], ["claim 192.0.2.1 in turn (frames 2 to 4)"]),
        (["ask 1", "7 is 1", "ask 1", "8 is 1", "8 is 1"], ["192.0.2.1 moved from one to the next of"]),
        (["7 is 1", "7 is 1", "8 is 2"], []),
        (
            (1...20).flatMap { host in (0..<3).map { _ in "ask \(host)" } }, ["and 12 more, as far as"]
        ),
    ]

    @Test(arguments: stories)
    func notes(_ lines: [String], _ expected: [String]) throws {
        var bytes: [UInt8] = []
        let writer = PcapWriter(linkType: .ethernet, to: &bytes)
        for (index, line) in lines.enumerated() {
            let time = CaptureTimestamp(nanosecondsSince1970: 1_700_000_000_000_000_000 + Int64(index) * 1_000_000_000)
            let frame = Self.frame(line)
            writer.append(frame.span, at: time, to: &bytes)
        }
        let notes = try CaptureReplay(bytes).result.digest.link
        #expect(notes.count == expected.count)
        for (note, phrase) in zip(notes, expected) { #expect(note.contains(phrase)) }
    }
}
