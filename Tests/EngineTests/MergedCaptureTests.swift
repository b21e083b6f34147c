import CaptureFile
import CaptureReplay
import Diagnosis
import Foundation
import PacketWire
import StallpointTestKit
import Testing

@testable import Engine

/// Files whose times overlap are read as the one capture that they are.
struct MergedCaptureTests {
    private static func inFolder(_ body: (URL) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "stallpoint-merged.\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(at: folder) }
        try body(folder)
    }

    private static func report(_ files: [(name: String, bytes: [UInt8])], in folder: URL) throws -> DiagnosisReport {
        let paths = try files.map { file in
            let url = folder.appending(path: file.name)
            try Data(file.bytes).write(to: url)
            return url.path
        }
        return try CaptureAnalysis(paths: paths).report()
    }

    /// The packets of a pcap file, each in one of several files by `choose`; raw IP.
    private static func split(
        _ file: [UInt8], into count: Int, by choose: (Span<UInt8>) -> Int
    ) throws -> [[UInt8]] {
        var parts = [[UInt8]](repeating: [], count: count)
        let writers = parts.indices.map { PcapWriter(linkType: .rawIP, to: &parts[$0]) }
        var reader = CaptureReader()
        while case .record(let record) = try reader.next(in: file.span) {
            let frame = file.span.extracting(record.frame)
            let part = choose(frame)
            writers[part].append(frame, at: try #require(record.timestamp), to: &parts[part])
        }
        return parts
    }

    /// Each direction in a file of its own; the TTL tells which way a packet goes.
    private static func directions(_ connection: ConnectionScript) throws -> (there: [UInt8], back: [UInt8]) {
        let parts = try split(connection.captureFile, into: 2) { $0[8] == connection.there.timeToLive ? 0 : 1 }
        return (parts[0], parts[1])
    }

    @Test("A connection of which each file holds one direction")
    func eachDirection() throws {
        try Self.inFolder { folder in
            var connection = ConnectionScript()
            connection.handshake()
            connection.client([1, 2, 3])
            connection.reset(byClient: false)
            let (there, back) = try Self.directions(connection)
            let report = try Self.report([("there.pcap", there), ("back.pcap", back)], in: folder)
            let whole = try Self.report([("whole.pcap", connection.captureFile)], in: folder)
            #expect(report.diagnoses.count == 1 && report.diagnoses == whole.diagnoses)
            let notes = report.run.notes
            #expect(notes.count == 1 && notes[0].hasSuffix("in the order of their times, and numbered so"), "\(notes)")
            #expect(notes[0].contains("there.pcap and ") && notes[0].contains("back.pcap overlap"), "\(notes)")
        }
    }

    @Test("A file that cannot be read, or holds nothing, keeps no other from being read in its turn")
    func besideOthers() throws {
        try Self.inFolder { folder in
            var connection = ConnectionScript()
            connection.handshake()
            connection.reset(byClient: false)
            let (there, back) = try Self.directions(connection)
            let whole = try Self.report([("whole.pcap", connection.captureFile)], in: folder)
            var empty: [UInt8] = []
            _ = PcapWriter(linkType: .rawIP, to: &empty)
            for (name, bytes) in [("none.pcap", empty), ("text.pcap", Array("no capture".utf8)), ("zero.pcap", [])] {
                let paths = try [(name, bytes), ("back.pcap", back), ("there.pcap", there)].map { name, bytes in
                    let url = folder.appending(path: name)
                    try Data(bytes).write(to: url)
                    return url.path
                }
                var unreadable: [String] = []
                let report = try CaptureAnalysis(paths: paths).report { unreadable.append($0.description) }
                #expect(report.diagnoses == whole.diagnoses, "\(name)")
                #expect(unreadable.count == (name == "none.pcap" ? 0 : 1), "\(unreadable)")
            }
        }
    }

    @Test("Any traffic in any number of files, by one thread and by several", arguments: [1, 2, 3] as [UInt64])
    func scattered(_ seed: UInt64) throws {
        try Self.inFolder { folder in
            var random = SeededGenerator(seed: seed)
            let file = GeneratedTraffic(seed: seed, conversations: 300).captureFile
            let count = Int.random(in: 2...5, using: &random)
            let parts = try Self.split(file, into: count) { _ in Int.random(in: 0..<count, using: &random) }
            let report = try Self.report(parts.enumerated().map { ("\($0).pcap", $1) }, in: folder)
            let whole = try Self.report([("whole.pcap", file)], in: folder)
            #expect(report.capture?.verdicts == whole.capture?.verdicts)
            #expect(report.diagnoses.map(\.summary).sorted() == whole.diagnoses.map(\.summary).sorted())

            let paths = CaptureFileOrder(parts.indices.map { folder.appending(path: "\($0).pcap").path }).paths
            var analysis = CaptureAnalysis(paths: paths)
            analysis.readAtOnce = paths.count
            var alone = CaptureAnalyzer()
            #expect(try analysis.readMerged(into: &alone).notes.isEmpty)
            let result = alone.result()
            for threads in [2, 3] {
                let shared = try #require(analysis.sharedConclusion(by: threads, from: 0)).conclusion.result
                #expect(shared.digest == result.digest && shared.findings == result.findings)
            }
        }
    }

    @Test("Files that follow one another are read so, and nothing is said")
    func oneAfterTheOther() throws {
        try Self.inFolder { folder in
            var first = ConnectionScript()
            first.handshake()
            var second = ConnectionScript(40_001)
            second.wait(100)
            second.handshake()
            let files = [("b.pcap", second.captureFile), ("a.pcap", first.captureFile)]
            let report = try Self.report(files, in: folder)
            #expect(report.run.notes.isEmpty && report.capture?.conversations == 2)
        }
    }

    /// Its interface's counter, and that of another of which no packet was kept, say what was lost: so many each.
    private static func counted(_ connection: ConnectionScript, lost: UInt64, comment: String) -> [UInt8] {
        var bytes: [UInt8] = []
        var writer = PcapngWriter(CaptureSection(comments: [comment]), to: &bytes)
        let interface = writer.append(CaptureInterface(linkType: .rawIP, name: "eth0"), to: &bytes)
        var latest = CaptureTimestamp(nanosecondsSince1970: 0)
        for frame in connection.frames {
            latest = CaptureTimestamp(nanosecondsSince1970: 1_700_000_000_000_000_000 + frame.at)
            writer.append(frame.bytes.span, at: latest, interface: interface, to: &bytes)
        }
        let other = writer.append(CaptureInterface(linkType: .rawIP, name: "eth1"), to: &bytes)
        var statistics = InterfaceStatistics()
        statistics.droppedByOS = lost
        for interface in [interface, other] {
            writer.append(statistics, ofInterface: interface, at: latest, to: &bytes)
        }
        return bytes
    }

    @Test("What files say of themselves is said of all: comments, losses, and damage by its file")
    func said() throws {
        try Self.inFolder { folder in
            var first = ConnectionScript()
            first.handshake()
            var second = ConnectionScript(40_001)
            second.wait(5)
            second.handshake()
            let files = [
                ("a.pcapng", Self.counted(first, lost: 3, comment: "at the client")),
                ("b.pcapng", Self.counted(second, lost: 4, comment: "at the server")),
                ("c.pcap", Array(second.captureFile.dropLast(3))),
            ]
            let report = try Self.report(files, in: folder)
            let notes = report.run.notes
            #expect(notes.contains { $0.hasPrefix("the capture lost 14 packets") }, "\(notes)")
            #expect(notes.contains { $0.contains("c.pcap: the capture is damaged after 2 whole packets") }, "\(notes)")
            let remarks = report.capture?.remarks ?? []
            for comment in ["at the client", "at the server"] {
                #expect(remarks.contains { $0.contains(comment) }, "\(remarks)")
            }
            #expect(report.capture?.packets == 8)
        }
    }

    @Test("Probes that were saved at the same time are told as the probes told them")
    func probes() throws {
        try Self.inFolder { folder in
            var connection = ConnectionScript()
            connection.handshake()
            let (there, back) = try Self.directions(connection)
            let target = Target(
                input: "web.lab", host: "web.lab", address: ConnectionScript.server, port: 443, transport: .tcp)
            func saved(_ file: [UInt8]) throws -> [UInt8] {
                var bytes: [UInt8] = []
                var writer = PcapngWriter(CaptureSection(comments: ProbedTargets.comments([target])), to: &bytes)
                let interface = writer.append(CaptureInterface(linkType: .rawIP), to: &bytes)
                var reader = CaptureReader()
                while case .record(let record) = try reader.next(in: file.span) {
                    writer.append(
                        file.span.extracting(record.frame), at: try #require(record.timestamp), interface: interface,
                        to: &bytes)
                }
                return bytes
            }
            let files = [("a.pcapng", try saved(there)), ("b.pcapng", try saved(back))]
            let report = try Self.report(files, in: folder)
            #expect(report.capture == nil && report.diagnoses.allSatisfy { $0.target.input == "web.lab" })
            #expect(report.diagnoses.first?.verdict == .open)
            // Beside another capture it is one of them.
            let mixed = try Self.report([files[0], ("c.pcap", back)], in: folder)
            #expect(mixed.capture?.packets == 3)
        }
    }

    @Test("Packed files that overlap cannot be read at the same time, which is said")
    func packed() throws {
        try Self.inFolder { folder in
            var connection = ConnectionScript()
            connection.handshake()
            let (there, back) = try Self.directions(connection)
            let plain = folder.appending(path: "there.pcap")
            try Data(there).write(to: plain)
            _ = try Program.runAndWait(["/usr/bin/env", "gzip", plain.path])
            let other = folder.appending(path: "back.pcap")
            try Data(back).write(to: other)
            let report = try CaptureAnalysis(paths: [plain.path + ".gz", other.path]).report()
            #expect(report.run.notes.count == 1 && report.run.notes[0].contains("unpack them first"))
            #expect(report.capture?.packets == 3)
        }
    }
}
