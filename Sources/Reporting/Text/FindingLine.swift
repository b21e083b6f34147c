import CaptureFile
import Conversations
public import Diagnosis
import PacketWire

extension CaptureText {
    /// What is said of a finding while its capture is still being followed:
    ///
    ///     05:27:39.120  203.0.113.10:8080/tcp  CLOSED  3 times so far, first from 198.51.100.2:41048  …  [likely]
    ///
    /// - Parameter startedUnixNanoseconds: when the capture's own time begins.
    public func line(_ diagnosis: TargetDiagnosis, startedUnixNanoseconds: Int64) -> String {
        let conversation = diagnosis.conversation
        let seen = Instant(nanoseconds: startedUnixNanoseconds) + ((conversation?.firstSeen ?? .zero) - .zero)
        let count = conversation?.count ?? 1
        let from = conversation?.initiator.map { "from \($0)" } ?? ""
        var page = Page(style)
        page.line(
            [
                Piece(CivilTime.timeOfDay(unixNanoseconds: seen.nanoseconds), .faint),
                Piece(diagnosis.place(among: conversation), .strong, gap: 2),
                Piece(diagnosis.verdict.rawValue.uppercased(), diagnosis.verdict.ink, gap: 2),
                Piece(count > 1 ? "\(Self.grouped(count)) times so far, first \(from)" : from, gap: 2),
                Piece(diagnosis.howAndWhere, gap: 2),
                Piece("[\(diagnosis.confidence.rawValue)]", .faint, gap: 2),
            ].filter { !$0.text.isEmpty })
        return page.text
    }
}
