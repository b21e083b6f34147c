import CaptureFile
import Diagnosis
import Engine
import FirewallLab
import Foundation
import PacketWire
import StallpointTestKit
import Synchronization
import Testing

/// Captures that the tool itself recorded in the lab, read back: packets alone against what the run said of them.
@Suite struct ReplayTests {
    @Test("Each scenario of the lab has its capture, and each capture its scenario")
    func complete() throws {
        #expect(Set(RecordedCapture.all.map(\.name)) == Set(try ScenarioCatalog.all().map(\.name)))
        for recorded in RecordedCapture.all {
            let readme = try String(contentsOf: recorded.folder.appending(path: "README.md"), encoding: .utf8)
            #expect(readme.contains("stallpoint lab run \(recorded.name) -- "), "\(recorded): how it was made")
        }
    }

    @Test("Offline says what live said, or a person wrote down why not", arguments: RecordedCapture.all)
    func liveAndOffline(_ recorded: RecordedCapture) throws {
        let offline = Dictionary(grouping: try recorded.offline().map(RecordedVerdict.init), by: \.target)
        let live = Dictionary(grouping: try recorded.live(), by: \.target)
        var reasons = try recorded.reasonsToDiffer()
        for target in Set(live.keys).union(offline.keys).sorted() {
            let (then, now) = (live[target, default: []].map(\.outcome), offline[target, default: []].map(\.outcome))
            let reason = reasons.removeValue(forKey: target)
            if then == now {
                #expect(reason == nil, "\(recorded), \(target): both say \(then), so nothing is to be explained")
            } else {
                #expect(reason != nil, "\(recorded), \(target): live \(then), offline \(now)")
                guard let reason else { continue }
                let verdicts = live[target, default: []]
                #expect(
                    !verdicts.isEmpty && verdicts.allSatisfy(reason.explains),
                    "\(recorded), \(target): \(reason.witness) cannot know of \(verdicts)")
            }
        }
        #expect(reasons.isEmpty, "\(recorded): no such target: \(reasons.keys.sorted())")
    }

    @Test("Packets alone never claim more than all witnesses did", arguments: RecordedCapture.all)
    func modesty(_ recorded: RecordedCapture) throws {
        let offline = Dictionary(grouping: try recorded.offline().map(RecordedVerdict.init), by: \.target)
        let live = Dictionary(grouping: try recorded.live(), by: \.target)
        let reasons = try recorded.reasonsToDiffer()
        for (target, verdicts) in offline {
            // That a connection was opened is proved by its packets, whatever else they do not show.
            let isHidden = reasons[target]?.mayHideFailure ?? false
            if verdicts.allSatisfy({ $0.verdict == Verdict.open.rawValue }), isHidden { continue }
            for (now, then) in zip(verdicts, live[target, default: []]) {
                let sureNow = try #require(Confidence(rawValue: now.confidence))
                let sureThen = try #require(Confidence(rawValue: then.confidence))
                #expect(sureNow <= sureThen, "\(recorded), \(target)")
                #expect(Set(then.zones).isSubset(of: now.zones), "\(recorded), \(target)")
            }
        }
    }

    @Test("The place that really stops a target is among those that packets allow", arguments: RecordedCapture.all)
    func truth(_ recorded: RecordedCapture) throws {
        let offline = try recorded.offline()
        let reasons = try recorded.reasonsToDiffer()
        for probe in try ScenarioCatalog.scenario(named: recorded.name).probes {
            for diagnosis in offline where diagnosis.target.input == probe.target {
                guard probe.address == nil || diagnosis.target.address?.description == probe.address else { continue }
                let zones = diagnosis.zones.map(\.rawValue)
                // What no packet shows has no place in a file, and a person wrote down who knows it.
                let isUntold = diagnosis.verdict == .undetermined && diagnosis.confidence == .weak
                let isUnseen =
                    (diagnosis.verdict == .open || isUntold) && reasons[probe.target]?.mayHideFailure ?? false
                let isKnown = probe.truth.zone.map(zones.contains) ?? zones.isEmpty || isUnseen
                #expect(isKnown, "\(recorded), \(probe.target): \(zones), \(probe.truth.why)")
            }
        }
    }

    @Test("Evidence names frames of the capture, and those that the run named are commented")
    func frames() throws {
        for recorded in RecordedCapture.all {
            let comments = try recorded.comments()
            for diagnosis in try recorded.offline() {
                let named = diagnosis.evidence.flatMap(\.frames) + diagnosis.timeline.compactMap(\.frame)
                #expect(
                    named.allSatisfy { (1...max(1, comments.count)).contains($0) }
                        && (named.isEmpty || !comments.isEmpty),
                    "\(recorded), \(diagnosis.target.input): \(named) of \(comments.count) frames")
            }
            let live = try recorded.live()
            let named = Set(live.flatMap(\.frames))
            for frame in named.sorted() {
                try #require(comments.indices.contains(frame - 1), "\(recorded): frame \(frame)")
                #expect(!comments[frame - 1].isEmpty, "\(recorded): frame \(frame) is evidence without a comment")
            }
            let commented = Set(comments.indices.filter { !comments[$0].isEmpty }.map { $0 + 1 })
            #expect(commented.isSubset(of: named), "\(recorded): comments on what is no evidence")
        }
    }

    /// A capture that was cut while it was written, or on its way here.
    @Test("A cut capture is read as far as it is whole", arguments: RecordedCapture.all)
    func cuts(_ recorded: RecordedCapture) throws {
        let bytes = try Data(contentsOf: recorded.capture)
        let whole = try recorded.offline().count
        let file = FileManager.default.temporaryDirectory.appending(
            path: "stallpoint-cut-\(recorded.name)-\(ProcessInfo.processInfo.processIdentifier).pcapng")
        try bytes.write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        let handle = try FileHandle(forUpdating: file)
        defer { try? handle.close() }
        // Some forty cuts a file, at lengths that are no multiple of anything in it.
        for length in stride(from: 0, to: bytes.count, by: max(97, bytes.count / 40 | 1)).reversed() {
            try handle.truncate(atOffset: UInt64(length))
            // Too short for a capture at all is the one error there can be.
            guard let report = try? CaptureAnalysis(path: file.path).report() else {
                #expect(length < 256, "\(recorded): nothing read of \(length) bytes")
                continue
            }
            #expect(report.diagnoses.count <= whole, "\(recorded), cut to \(length): more targets than in the whole")
        }
    }

    @Test("The fixtures stay small")
    func size() throws {
        let total = RecordedCapture.goldens.folder.regularFileSizes.reduce(0, +)
        let count = try RecordedCapture.goldens.cases().count
        #expect(total > 0 && total < count * 40_000, "\(total) bytes in \(count) folders")
    }
}

/// What each capture was found to say: several tests ask, and it is the same each time.
private let readings = Mutex<[String: [TargetDiagnosis]]>([:])

extension RecordedCapture {
    func offline() throws -> [TargetDiagnosis] {
        if let known = readings.withLock({ $0[name] }) { return known }
        let diagnoses = try CaptureAnalysis(path: capture.path).report().diagnoses
        readings.withLock { $0[name] = diagnoses }
        return diagnoses
    }

    /// The comments of each packet, in the file's order.
    func comments() throws -> [[String]] {
        let bytes = [UInt8](try Data(contentsOf: capture))
        var reader = CaptureReader()
        var comments: [[String]] = []
        while case .record(let record) = try reader.next(in: bytes.span) {
            comments.append(record.options(in: bytes.span).comments)
        }
        return comments
    }
}

extension URL {
    fileprivate var regularFileSizes: [Int] {
        let keys: Set<URLResourceKey> = [.isRegularFileKey, .fileSizeKey]
        let files = FileManager.default.enumerator(at: self, includingPropertiesForKeys: Array(keys))
        return (files?.compactMap { $0 as? URL } ?? []).compactMap { file in
            let values = try? file.resourceValues(forKeys: keys)
            return values?.isRegularFile == true ? values?.fileSize : nil
        }
    }
}
