import CaptureFile
import CaptureReplay
import Conversations
import Diagnosis
import Foundation
import HostNetwork
import PacketWire
import StallpointTestKit
import Testing

@testable import Engine

final class CaptureOutputTests {
    private let folder: URL

    init() throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "stallpoint-output-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    /// A run of one target over a simulated path, its packets rebuilt as frames.
    private func run() -> (store: FrameStore, report: DiagnosisReport) {
        var script = PacketScript()
        for _ in 0..<3 { script.send(.syn, to: 5_432) }
        script.refuse(type: 3, code: 13, by: IPAddress("192.0.2.2")!)
        var facts = script.table.facts(observedUntil: script.end)[0]
        facts.target.input = "db.lab:5432"
        facts.target.host = "db.lab"
        var store = FrameStore(keepsBytes: true)
        store.interfaces = [
            FrameStore.Interface(
                name: "eth0", linkType: .rawIP, snapLength: 2_048, filter: "icmp", received: 4, dropped: 0)
        ]
        for frame in script.frames {
            _ = store.add(
                FrameStore.Frame(
                    interface: 0, unixNanoseconds: 1_700_000_000_000_000_000 + frame.at.nanoseconds,
                    originalLength: frame.bytes.count, isOutbound: frame.packet.source == script.client,
                    bytes: frame.bytes), length: frame.bytes.count)
        }
        let report = DiagnosisReport(
            run: RunInformation(
                toolVersion: "test", startedUnixNanoseconds: 1_700_000_000_000_000_000, elapsed: .zero,
                witnesses: [.wire]),
            diagnoses: [facts.diagnose()])
        return (store, report)
    }

    private func write(_ name: String) throws -> (path: String, report: DiagnosisReport) {
        let (store, report) = run()
        let path = folder.appendingPathComponent(name).path
        let file = try ReplacingFile(replacing: path)
        try CaptureOutput(store: store, report: report, path: path).write(to: file)
        #expect(!FileManager.default.fileExists(atPath: path), "nothing stands under the name before it is complete")
        try file.commit()
        return (path, report)
    }

    @Test("A pcapng bears the interface, the direction and a comment on each packet that the verdict rests on")
    func commented() throws {
        let (path, report) = try write("run.pcapng")
        let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
        let capture = CaptureFile.readAll(bytes)
        #expect(capture.problem == nil)
        #expect(capture.packets.count == 4)
        #expect(capture.interfaces.first?.name == "eth0")
        let named = Set(report.diagnoses[0].evidence.flatMap(\.frames))
        #expect(named == [1, 2, 3, 4])
        for (index, record) in capture.packets.enumerated() {
            #expect(record.options.comments.isEmpty != named.contains(index + 1))
            #expect(record.options.comments.allSatisfy { $0.contains("blocked") })
        }
        #expect(capture.packets.map(\.options.flags?.direction) == [.outbound, .outbound, .outbound, .inbound])
    }

    @Test(
        "Read back, it gives the verdict again, under the name that was asked for",
        arguments: ["run.pcapng", "run.pcap"])
    func readBack(_ name: String) throws {
        let (path, live) = try write(name)
        let report = try CaptureAnalysis(path: path).report()
        #expect(report.diagnoses.count == 1)
        let (again, before) = (report.diagnoses[0], live.diagnoses[0])
        #expect(again.verdict == before.verdict && again.mechanism == before.mechanism && again.zones == before.zones)
        #expect(again.actor == before.actor)
        #expect(again.target.host == (name.hasSuffix("ng") ? "db.lab" : "203.0.113.10"))
    }

    @Test("A cut file gives what is whole, and says where it ends")
    func cut() throws {
        let (path, _) = try write("run.pcapng")
        let bytes = try Data(contentsOf: URL(fileURLWithPath: path))
        try bytes.prefix(bytes.count - 150).write(to: URL(fileURLWithPath: path))
        let report = try CaptureAnalysis(path: path).report()
        #expect(report.diagnoses.count == 1)
        #expect(report.run.notes.contains { $0.contains("damaged") })
    }

    @Test("What is no capture is refused by name", arguments: ["", "hello", "<html>", "RIFF0000"])
    func noCapture(_ text: String) throws {
        let path = folder.appending(path: "none").path
        try Data(text.unicodeScalars.map { UInt8($0.value) }).write(to: URL(fileURLWithPath: path))
        #expect {
            _ = try CaptureAnalysis(path: path).report()
        } throws: { error in
            guard let failure = error as? ProbeFailure else { return false }
            return failure.kind == .missingInput && !failure.description.contains("\n")
        }
    }

    @Test("The store is bounded, and counts what it does not keep")
    func bounded() {
        var store = FrameStore(keepsBytes: true)
        func frame(_ length: Int) -> FrameStore.Frame {
            FrameStore.Frame(interface: 0, unixNanoseconds: 0, originalLength: length, isOutbound: nil, bytes: [])
        }
        let half = FrameStore.mostBytes / 2
        for _ in 0..<3 { _ = store.add(frame(half), length: half) }
        #expect(store.frames.count == 2 && store.notKept == 1 && store.count == 3)
    }
}
