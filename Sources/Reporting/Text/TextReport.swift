public import Diagnosis

/// The report for people: the answer first, then what it rests on, then what to do.
public struct TextReport: Sendable {
    public var style: TextStyle

    public init(style: TextStyle = TextStyle()) {
        self.style = style
    }

    /// Everything at once: a block for each target, then the closing.
    public func document(_ report: DiagnosisReport) -> String {
        var stream = TextStream(style: style)
        return report.diagnoses.map { stream.block($0) }.joined() + stream.closing(report)
    }

    /// One target in a line, like others that were told in full.
    func line(_ diagnosis: TargetDiagnosis) -> String {
        var page = Page(style)
        page.wrapped(Self.headline(diagnosis), hanging: 2)
        return page.text
    }

    /// One target. Ends with an empty line, except when quiet.
    public func block(_ diagnosis: TargetDiagnosis) -> String { block(diagnosis, hasTable: false) }

    /// - Parameter hasTable: the path stands above already, hop by hop.
    func block(_ diagnosis: TargetDiagnosis, hasTable: Bool) -> String {
        var page = Page(style)
        guard style.detail != .quiet else {
            page.line(Self.headline(diagnosis))
            return page.text
        }
        page.wrapped(Self.headline(diagnosis), hanging: 2)
        page.wrapped([Piece(diagnosis.summary)], indent: 2)
        if diagnosis.verdict != .open || style.detail == .verbose {
            if !hasTable { page.drawing(of: diagnosis) }
            page.timeline(diagnosis.timeline)
            page.evidence(diagnosis.evidence)
            page.lookAlikes(diagnosis.lookAlikes)
            page.advice(diagnosis.advice)
        }
        page.blank()
        return page.text
    }

    /// What concerns the run as a whole: the table of all targets, the witnesses that were missing, the capture.
    /// Empty when quiet.
    ///
    /// - Parameter shortened: so many targets were told in a line.
    func closing(_ report: DiagnosisReport, shortened: Int) -> String {
        guard style.detail != .quiet else { return "" }
        var page = Page(style)
        if shortened > 0 {
            page.wrapped([
                Piece(
                    "\(CaptureText.counted(shortened, "target")) \(shortened == 1 ? "ends" : "end") like others that are told in full above: -v tells each so.",
                    .faint)
            ])
            page.blank()
        }
        page.table(report.diagnoses)
        page.families(report.families)
        page.addresses(report.addresses)
        page.missing(report.run.missing)
        page.run(report.run)
        return page.text
    }

    /// `203.0.113.10:5432/tcp  BLOCKED  silent drop, after hop 3 (192.0.2.10) or on the way back  [likely]`
    private static func headline(_ diagnosis: TargetDiagnosis) -> [Piece] {
        [
            Piece(diagnosis.target.headline, .strong),
            Piece(diagnosis.verdict.rawValue.uppercased(), diagnosis.verdict.ink, gap: 2),
            Piece(diagnosis.howAndWhere, gap: 2),
            Piece("[\(diagnosis.confidence.rawValue)]", .faint, gap: 2),
        ].filter { !$0.text.isEmpty }
    }
}
