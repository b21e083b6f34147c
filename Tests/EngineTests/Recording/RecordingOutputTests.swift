import CaptureFile
import Conversations
import Foundation
import HostNetwork
import LiveCapture
import PacketWire
import StallpointTestKit
import Testing

@testable import Engine

@Suite final class RecordingOutputTests {
    private let folder: URL

    init() throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "stallpoint-recording-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    private func output(_ name: String, _ limits: RingLimits = RingLimits()) throws -> RecordingOutput {
        let path = folder.appending(path: name).path
        return try RecordingOutput(
            path: path, limits: limits,
            header: RecordingHeader(
                format: RecordingHeader.format(of: path), interface: "eth0", linkType: .ethernet, snapLength: 2_048,
                filter: "tcp"), now: Self.now(0))
    }

    /// The second after the beginning, by both clocks.
    static func now(_ second: Int64) -> RecordingOutput.Now {
        RecordingOutput.Now(
            monotonic: .zero + .seconds(second), unixNanoseconds: (1_700_000_000 + second) * 1_000_000_000)
    }

    private func add(_ count: Int, to output: RecordingOutput, at second: Int64 = 0) throws {
        let frame = [UInt8](repeating: 7, count: 100)
        for _ in 0..<count {
            if output.isFull(beforeFrame: frame.count) { try output.rotate(nil, Self.now(second)) }
            try output.append(
                frame.span,
                CaptureHandle.Header(unixNanoseconds: Self.now(second).unixNanoseconds, originalLength: 150), .outbound)
        }
    }

    private var names: [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []).sorted()
    }

    private func read(_ name: String) throws -> CaptureFile.Contents {
        CaptureFile.readAll([UInt8](try Data(contentsOf: folder.appending(path: name))))
    }

    @Test("The file is there from the beginning, and whole after each second", arguments: ["x.pcapng", "x.pcap"])
    func growing(_ name: String) throws {
        try Data("old".utf8).write(to: folder.appending(path: name))
        let output = try output(name)
        #expect(try read(name).problem == nil)
        #expect(names == [name])
        for second: Int64 in 1...3 {
            try add(10, to: output, at: second)
            try output.settle(CaptureHandle.Statistics(), Self.now(second))
            let file = try read(name)
            #expect(file.problem == nil && file.packets.count == Int(second) * 10)
        }
        try output.end(CaptureHandle.Statistics(received: 35, dropped: 5, droppedByInterface: 2), Self.now(4))
        let file = try read(name)
        #expect(file.problem == nil && file.packets.count == 30 && output.packets == 30)
        #expect(file.packets.allSatisfy { $0.originalLength == 150 })
        guard name.hasSuffix("ng") else { return }
        let statistics = try #require(file.interfaces.first?.statistics)
        #expect(statistics.droppedByOS == 5 && statistics.droppedByInterface == 2 && statistics.received == 35)
        #expect(file.interfaces.first?.name == "eth0" && file.interfaces.first?.filter == "tcp")
    }

    @Test("Drops are in the file while it grows")
    func dropsMeanwhile() throws {
        let output = try output("x.pcapng")
        try add(1, to: output)
        try output.settle(CaptureHandle.Statistics(received: 4, dropped: 3), Self.now(1))
        #expect(try read("x.pcapng").interfaces.first?.statistics?.droppedByOS == 3)
        let length = try Data(contentsOf: folder.appending(path: "x.pcapng")).count
        try output.settle(CaptureHandle.Statistics(received: 9, dropped: 3), Self.now(2))
        #expect(try Data(contentsOf: folder.appending(path: "x.pcapng")).count == length, "once for each change")
    }

    @Test("By size: no file is longer, each is complete, and the newest stay", arguments: ["x.pcapng", "x.pcap"])
    func bySize(_ name: String) throws {
        var limits = RingLimits()
        limits.fileBytes = 10_000
        limits.files = 3
        let output = try output(name, limits)
        try add(1_000, to: output)
        try output.end(CaptureHandle.Statistics(), Self.now(1))
        #expect(names.count == 3 && output.filesMade > 10 && output.files.count == 3)
        #expect(output.packets == 1_000)
        for name in names {
            let bytes = try Data(contentsOf: folder.appending(path: name))
            #expect(bytes.count <= 10_000)
            let file = CaptureFile.readAll([UInt8](bytes))
            #expect(file.problem == nil && !file.packets.isEmpty)
            #expect(file.interfaces.first?.linkType == .ethernet)
        }
        #expect(output.place.hasPrefix("the last 3 of \(output.filesMade) files "))
    }

    @Test("By time: a file that is empty goes on")
    func byTime() throws {
        var limits = RingLimits()
        limits.fileSpan = .seconds(10)
        let output = try output("x.pcapng", limits)
        for second: Int64 in 1...60 {
            if second > 30 { try add(1, to: output, at: second) }
            if output.isOver(at: Self.now(second).monotonic) { try output.rotate(nil, Self.now(second)) }
            try output.settle(nil, Self.now(second))
        }
        try output.end(nil, Self.now(61))
        #expect(try names.map { try read($0).packets.count }.reduce(0, +) == 30)
        #expect((3...4).contains(names.count), "\(names)")
    }

    @Test("Each file has its own drops")
    func dropsOfEach() throws {
        var limits = RingLimits()
        limits.fileBytes = 1_000_000
        let output = try output("x.pcapng", limits)
        try add(2, to: output)
        try output.rotate(CaptureHandle.Statistics(received: 9, dropped: 7), Self.now(1))
        try add(2, to: output)
        try output.rotate(CaptureHandle.Statistics(received: 13, dropped: 7), Self.now(2))
        try add(2, to: output)
        try output.end(CaptureHandle.Statistics(received: 16, dropped: 8), Self.now(3))
        #expect(try names.map { try read($0).interfaces[0].statistics?.droppedByOS } == [7, 0, 1])
    }

    @Test("A name that cannot be written is said before anything is recorded")
    func refused() throws {
        #expect(throws: FileError.self) { try output("absent/x.pcapng") }
        #expect(throws: FileError.self) { try output("") }
        #expect(names.isEmpty)
    }

    @Test("A recording of handshakes says so in the file")
    func comment() throws {
        let header = RecordingHeader(
            format: .pcapng, interface: "eth0", linkType: .ethernet, snapLength: 64, isHandshakesOnly: true)
        #expect(CaptureFile.readAll(header.bytes).sections.first?.comments.first?.hasPrefix("handshakes only") == true)
    }
}
