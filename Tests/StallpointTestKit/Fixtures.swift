import Conversations
public import Diagnosis
public import Foundation

/// A case under `fixtures/captures`: what the tool wrote of one scenario of the lab, and what is to be read from it.
public struct RecordedCapture: Sendable, Hashable, CustomStringConvertible {
    public var name: String

    public init(name: String) {
        self.name = name
    }

    public var description: String { name }

    public static let goldens = Goldens(fixtures: "captures")

    /// All there are, by name.
    public static let all: [RecordedCapture] =
        ((try? goldens.cases()) ?? []).map(RecordedCapture.init(name:))

    public var folder: URL { Self.goldens.folder.appending(path: name) }
    public var capture: URL { folder.appending(path: "capture.pcapng") }

    /// The golden files of a case, below `fixtures/captures`.
    public var expectedReport: String { "\(name)/expected/report.json" }
    public var expectedLive: String { "\(name)/expected/live.json" }

    /// What the run that wrote the capture said itself, with all its witnesses.
    public func live() throws -> [RecordedVerdict] {
        try JSONDecoder().decode(
            [RecordedVerdict].self, from: Data(contentsOf: folder.appending(path: "expected/live.json")))
    }

    /// Why packets alone say something else of a target than the run did: `TARGET: WITNESS: reason`, one a line, written
    /// by a person who looked. Empty where there is no such file.
    public func reasonsToDiffer() throws -> [String: ReasonToDiffer] {
        let file = folder.appending(path: "expected/differs.txt")
        guard FileManager.default.fileExists(atPath: file.path) else { return [:] }
        let lines = try String(contentsOf: file, encoding: .utf8).split(separator: "\n")
        return try Dictionary(
            lines.map { line in
                let fields = line.split(separator: ": ", maxSplits: 2).map(String.init)
                guard fields.count == 3, let witness = ReasonToDiffer.Witness(rawValue: fields[1]) else {
                    throw MalformedReason(line: String(line))
                }
                return (fields[0], ReasonToDiffer(witness: witness, why: fields[2]))
            }, uniquingKeysWith: { _, second in throw MalformedReason(line: "a second one: \(second)") })
    }
}

/// Why a capture does not tell what the run that wrote it told.
public struct ReasonToDiffer: Sendable, Hashable {
    /// Who knows it, and is no packet.
    public enum Witness: String, Sendable {
        /// Routes, rules and filters of this machine.
        case kernel
        case systemCall = "system-call"
        case socket
        case resolver
        /// Which tries belong to one experiment.
        case plan
        /// Who can read what is encrypted.
        case keys
    }

    public var witness: Witness
    public var why: String

    /// Whether such a witness can have told what the run said: nobody here knows what is far away.
    public func explains(_ live: RecordedVerdict) -> Bool {
        switch witness {
        // Of this machine's own listeners, and of what its rules reject as it arrives, its kernel knows: of no other host is
        // that ever proved.
        case .kernel, .systemCall:
            live.zones.contains { $0.hasPrefix("local-") } || live.mechanism == Mechanism.listenOverflow.rawValue
                || live.zones == [Zone.destination.rawValue] && live.confidence == Confidence.proved.rawValue
                    && [Mechanism.tcpReset, .icmpReject].map(\.rawValue).contains(live.mechanism)
        // It may have been answered by packets that nobody can tell to be its own.
        case .socket: live.zones.contains { $0.hasPrefix("local-") } || live.verdict == Verdict.open.rawValue
        case .resolver: live.zones.contains("resolver")
        case .plan: live.stage == "handshake"
        case .keys: ["tls", "application"].contains(live.stage)
        }
    }

    /// Whether a connection that ended well for all that packets show may have failed for this one.
    public var mayHideFailure: Bool {
        switch witness {
        case .kernel, .systemCall, .socket, .keys: true
        // Without an address there is no packet; where there is one, what it took to find it is in none.
        case .resolver: true
        // The tries are all in the file.
        case .plan: false
        }
    }
}

/// A line of `differs.txt` that is not `TARGET: WITNESS: reason`, or one too many.
public struct MalformedReason: Error, Hashable {
    public var line: String
}

/// As much of a diagnosis as another run over the same packets can be held against.
public struct RecordedVerdict: Codable, Sendable, Hashable {
    public var target: String
    public var verdict: String
    public var stage: String?
    public var mechanism: String?
    public var zones: [String]
    public var confidence: String
    /// All frames that the evidence names: each has a comment in the capture.
    public var frames: [Int]

    public init(_ diagnosis: TargetDiagnosis) {
        target = diagnosis.target.input
        verdict = diagnosis.verdict.rawValue
        stage = diagnosis.stage?.rawValue
        mechanism = diagnosis.mechanism?.rawValue
        zones = diagnosis.zones.map(\.rawValue)
        confidence = diagnosis.confidence.rawValue
        frames = Set(diagnosis.evidence.flatMap(\.frames)).sorted()
    }

    /// What must be the same offline, or have a reason.
    public var outcome: String { mechanism.map { "\(verdict), \($0)" } ?? verdict }

    /// Reads a `stallpoint.report/1` as the command printed it.
    public static func verdicts(inReport file: URL) throws -> [RecordedVerdict] {
        try JSONDecoder().decode(PrintedReport.self, from: Data(contentsOf: file)).diagnoses.map(RecordedVerdict.init)
    }

    /// One verdict a line, so that a re-recording shows in a diff which target changed.
    public static func document(_ verdicts: [RecordedVerdict]) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let lines = try verdicts.map { String(decoding: try encoder.encode($0), as: UTF8.self) }
        return "[\n  \(lines.joined(separator: ",\n  "))\n]\n"
    }

    private init(_ printed: PrintedReport.Diagnosis) {
        target = printed.target.input
        verdict = printed.verdict
        stage = printed.stage
        mechanism = printed.mechanism
        zones = printed.zones
        confidence = printed.confidence
        frames = Set(printed.evidence.flatMap(\.frames)).sorted()
    }
}

/// The report contract's fields that `RecordedVerdict` keeps.
private struct PrintedReport: Decodable {
    var diagnoses: [Diagnosis]

    struct Diagnosis: Decodable {
        var target: Target
        var verdict: String
        var stage: String?
        var mechanism: String?
        var zones: [String]
        var confidence: String
        var evidence: [Evidence]
    }
    struct Target: Decodable { var input: String }
    struct Evidence: Decodable { var frames: [Int] }
}

extension DiagnosisReport {
    /// The same report without what no two runs share: when it was made, how long it took, by which version, and
    /// where the file lay.
    public func withoutCircumstances() -> DiagnosisReport {
        var report = self
        report.run.toolVersion = "0"
        report.run.startedUnixNanoseconds = 0
        report.run.elapsed = .zero
        report.run.captureFile = "capture.pcapng"
        return report
    }
}
