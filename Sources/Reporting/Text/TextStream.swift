public import Diagnosis
import PacketWire

/// The report for people, target by target as each is decided.
///
/// Of targets that end alike the first few are told in full, and the others in a line: of two hundred ports behind one
/// filter each block would say the same, and hide the port that is different.
public struct TextStream: Sendable {
    /// So many of those that end alike.
    static let inFull = 3

    private let report: TextReport
    private var told: [Likeness: Int] = [:]
    private var shortened = 0
    private var endsWithLine = false

    public init(style: TextStyle = TextStyle()) { report = TextReport(style: style) }

    public mutating func block(_ diagnosis: TargetDiagnosis) -> String {
        guard report.style.detail == .normal, diagnosis.verdict != .open else { return parted(report.block(diagnosis)) }
        let likeness = Likeness(diagnosis)
        told[likeness, default: 0] += 1
        guard told[likeness, default: 0] > Self.inFull else { return parted(report.block(diagnosis)) }
        shortened += 1
        endsWithLine = true
        return report.line(diagnosis)
    }

    /// What concerns the run as a whole; empty when quiet.
    public mutating func closing(_ report: DiagnosisReport) -> String {
        parted(self.report.closing(report, shortened: shortened))
    }

    /// Lines stand close together, and apart from the next block.
    private mutating func parted(_ text: String) -> String {
        defer { endsWithLine = false }
        return endsWithLine && !text.isEmpty ? "\n" + text : text
    }
}
