import CaptureFile
import Diagnosis
import PacketWire
import StallpointTestKit
import Testing

@testable import CaptureReplay

/// What a file says in words and counts, for the reader.
struct FileRemarkTests {
    private static let link = FrameBuilder(.rawIP, from: ConnectionScript.client, to: ConnectionScript.server)

    private func notes(
        application: String = "dumpcap", linkType: LinkType = .rawIP, drops: [UInt64?] = [nil], comments: [String] = []
    ) throws -> [String] {
        var bytes: [UInt8] = []
        let section = CaptureSection(application: application, comments: ["taken at\u{1b}[31m the desk"])
        var writer = PcapngWriter(section, to: &bytes)
        let interface = writer.append(
            CaptureInterface(linkType: linkType, name: "eth0", comments: ["uplink"]), to: &bytes)
        for (index, count) in drops.enumerated() {
            var options = PacketOptions()
            options.dropCount = count
            options.comments = comments
            let time = CaptureTimestamp(nanosecondsSince1970: Int64(index), resolution: .nanoseconds)
            writer.append(
                Self.link.udp(from: 5, to: 6, payload: [1]).span, at: time, interface: interface, options: options,
                to: &bytes)
        }
        let result = try CaptureReplay(bytes).result
        return result.notes + result.digest.remarks
    }

    @Test func commentsAreShownEscaped() throws {
        let notes = try notes(drops: [nil, nil], comments: ["look here"])
        #expect(notes.contains("the file's comment: 'taken at\\x1b[31m the desk'"))
        #expect(notes.contains("comment of interface 'eth0': 'uplink'"))
        #expect(
            notes.contains("comment of packet 1: 'look here'") && notes.contains("comment of packet 2: 'look here'"))
        // Its own file's are in the report.
        #expect(try !self.notes(application: "stallpoint 1.0", comments: ["x"]).contains { $0.contains("comment") })
    }

    @Test func manyCommentsAreCounted() throws {
        let notes = try notes(drops: [UInt64?](repeating: nil, count: 40), comments: ["x"])
        // The file's own, the interface's, and forty.
        #expect(notes.count == 9 && notes.last == "34 more comments", "\(notes)")
    }

    @Test func nothingIsLongerThanALine() throws {
        let marked = "a" + String(repeating: "\u{301}", count: 20_000)
        let longest = try notes(comments: [marked, String(repeating: "x", count: 60_000)]).map(\.utf8.count).max()
        #expect(longest ?? 0 < 2_000)
    }

    @Test func whatWasDroppedBetweenPacketsIsLost() throws {
        #expect(try notes(drops: [3, nil, 4]).contains { $0.hasPrefix("the capture lost 7 packets") })
        #expect(try notes(drops: [.max, 4]).contains { $0.hasPrefix("the capture lost \(UInt64.max) packets") })
        #expect(try !notes().contains { $0.contains("lost") })
    }

    @Test func linksThatAreNotDecodedAreNamed() throws {
        let netlink = LinkType(rawValue: 253)
        #expect(
            try notes(linkType: netlink, drops: [nil, nil]).contains {
                $0 == "2 of 2 packets are no IP or could not be decoded: 2 of the link type \(netlink) (253)"
            })
    }
}
