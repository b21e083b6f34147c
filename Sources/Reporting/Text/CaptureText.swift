import CaptureFile
import Conversations
public import Diagnosis
import PacketWire

/// The report on a capture: what fails, like beside like, worst first; then counts of what is healthy.
public struct CaptureText: Sendable {
    public var style: TextStyle
    /// With no more findings than these, each gets all that is known.
    private static let inFull = 3
    /// Of findings that are alike so many get more than a line, and so many are listed: of a thousand hosts that refuse
    /// each would say the same, and hide the one that is different.
    private static let toldOfAlike = 3
    private static let listedOfAlike = 10
    /// Kinds of findings that are listed, unless everything is asked for.
    private static let listed = 40

    public init(style: TextStyle = TextStyle()) {
        self.style = style
    }

    public func document(_ report: DiagnosisReport) -> String {
        guard let capture = report.capture else { return TextReport(style: style).document(report) }
        if style.detail == .quiet { return report.diagnoses.map { TextReport(style: style).block($0) }.joined() }
        let heading = heading(capture, report)
        if style.detail == .verbose || report.diagnoses.count <= Self.inFull {
            return heading + report.diagnoses.map(full).joined() + closing(capture, report, hidden: 0)
        }
        let kinds = Self.alike(report.diagnoses)
        let hidden = kinds.dropFirst(Self.listed).reduce(0) { $0 + $1.count }
        return heading + kinds.prefix(Self.listed).map(brief).joined() + closing(capture, report, hidden: hidden)
    }

    /// In the order of the first of each kind.
    private static func alike(_ findings: [TargetDiagnosis]) -> [[TargetDiagnosis]] {
        var kinds: [[TargetDiagnosis]] = []
        var places: [Likeness: Int] = [:]
        for finding in findings {
            let likeness = Likeness(finding)
            if let place = places[likeness] {
                kinds[place].append(finding)
            } else {
                places[likeness] = kinds.count
                kinds.append([finding])
            }
        }
        return kinds
    }

    /// Findings of one kind.
    private func brief(_ alike: [TargetDiagnosis]) -> String {
        var text = alike.prefix(Self.toldOfAlike).map(brief).joined()
        let lines = alike.dropFirst(Self.toldOfAlike).prefix(Self.listedOfAlike - Self.toldOfAlike)
        guard !lines.isEmpty else { return text }
        var page = Page(style)
        for finding in lines { page.wrapped(headline(finding), hanging: 2) }
        let hidden = alike.dropFirst(Self.listedOfAlike)
        if !hidden.isEmpty {
            let count = hidden.reduce(0) { $0 + ($1.conversation?.count ?? 1) }
            page.wrapped([
                Piece(
                    "\(Self.counted(hidden.count, "finding")) more like these, \(Self.counted(count, "conversation")): -v shows all, --format json has them."
                )
            ])
        }
        page.blank()
        text += page.text
        return text
    }

    private func heading(_ capture: CaptureDigest, _ report: DiagnosisReport) -> String {
        var page = Page(style)
        page.wrapped(
            [
                Piece(
                    "\(Self.counted(capture.packets, "packet")) in \(Self.counted(capture.conversations, "conversation"))",
                    .strong),
                // Without a packet there is no time that it was made.
                Piece(
                    capture.packets == 0
                        ? ""
                        : "over \(capture.duration.inWords), from \(CivilTime.text(unixNanoseconds: report.run.startedUnixNanoseconds))"
                ),
            ], hanging: 2)
        page.blank()
        return page.text
    }

    /// One finding in a few lines.
    private func brief(_ diagnosis: TargetDiagnosis) -> String {
        var page = Page(style)
        page.wrapped(headline(diagnosis), hanging: 2)
        page.wrapped([Piece(diagnosis.summary)], indent: 2)
        if let conversation = diagnosis.conversation { page.wrapped([Piece(conversation.whose, .faint)], indent: 2) }
        page.blank()
        return page.text
    }

    private func full(_ diagnosis: TargetDiagnosis) -> String {
        var text = TextReport(style: style).block(diagnosis)
        guard let conversation = diagnosis.conversation else { return text }
        var page = Page(style)
        page.wrapped([Piece(conversation.whose, .faint)], indent: 2)
        if let course = conversation.course { page.wrapped([Piece(course, .faint)], indent: 2) }
        page.blank()
        text += page.text
        return text
    }

    private func headline(_ diagnosis: TargetDiagnosis) -> [Piece] {
        let count = diagnosis.conversation?.count ?? 1
        return [
            Piece(diagnosis.place(among: diagnosis.conversation), .strong),
            Piece(diagnosis.verdict.rawValue.uppercased(), diagnosis.verdict.ink, gap: 2),
            Piece(count > 1 ? "\(Self.grouped(count)) times" : "once", gap: 2),
            Piece(diagnosis.howAndWhere, gap: 2),
            Piece("[\(diagnosis.confidence.rawValue)]", .faint, gap: 2),
        ].filter { !$0.text.isEmpty }
    }

    private func closing(_ capture: CaptureDigest, _ report: DiagnosisReport, hidden: Int) -> String {
        var page = Page(style)
        if hidden > 0 {
            page.wrapped([
                Piece(
                    "\(Self.grouped(hidden)) further findings, of other kinds, are not shown: -v shows all, --format json has them."
                )
            ])
            page.blank()
        }
        let counts = Verdict.allCases.compactMap { verdict in
            capture.verdicts[verdict].map { "\(Self.grouped($0)) \(verdict.rawValue)" }
        }
        if !counts.isEmpty {
            page.wrapped([Piece("Conversations:", .strong), Piece(counts.joined(separator: ", "))], hanging: 2)
        }
        let echoes = capture.others - capture.remnants
        if echoes > 0 {
            page.wrapped([
                Piece(
                    "\(Self.grouped(echoes)) more are echoes, packets of ladders or answers to others, and judged with what they belong to."
                )
            ])
        }
        if capture.remnants > 0 {
            page.wrapped([
                Piece(
                    "\(Self.grouped(capture.remnants)) more are pieces of connections that began before the capture: too little of them is here to judge."
                )
            ])
        }
        if capture.toGroups > 0 {
            page.wrapped([
                Piece(
                    "\(Self.grouped(capture.toGroups)) more are to all who listen (multicast, broadcast): nobody owes them an answer."
                )
            ])
        }
        if !capture.spoken.isEmpty {
            page.wrapped(
                [Piece("Spoken:", .strong), Piece(capture.spoken.phrase)], hanging: 2)
        }
        if let tap = capture.tap.sentence { page.wrapped([Piece("Tap:", .strong), Piece(tap)], hanging: 2) }
        for note in capture.link { page.wrapped([Piece("Link:", .strong), Piece(note)], hanging: 2) }
        for limit in capture.limits { page.wrapped([Piece("Limit:", .strong), Piece(limit)], hanging: 2) }
        for remark in capture.remarks { page.wrapped([Piece("File:", .strong), Piece(remark)], hanging: 2) }
        page.run(report.run)
        return page.text
    }

    /// `1 packet`, `1,234 packets`
    static func counted(_ number: Int, _ what: String) -> String {
        "\(grouped(number)) \(what)\(number == 1 ? "" : "s")"
    }

    /// `1,234,567`
    static func grouped(_ number: Int) -> String {
        let digits = Array(String(number.magnitude).utf8)
        var text = number < 0 ? "-" : ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index) % 3 == 0 { text += "," }
            text.unicodeScalars.append(Unicode.Scalar(digit))
        }
        return text
    }
}

extension TargetDiagnosis {
    /// Whom it is about: one endpoint, or everybody behind whoever refuses.
    func place(among conversation: ConversationDigest?) -> String {
        guard let conversation, conversation.responderCount > 1 else { return target.headline }
        return "\(conversation.responderCount) hosts (\(target.headline) and others)"
    }
}

extension [String: ApplicationTally] {
    /// `TLS 412 (alert unknown_ca 3), DNS 90 (NXDOMAIN 12, unanswered 1).`
    var phrase: String {
        sorted { ($1.value.conversations, $0.key) < ($0.value.conversations, $1.key) }
            .map { name, tally in
                let notes = tally.notes.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
                    .map { "\($0.key) \(CaptureText.grouped($0.value))" }
                return "\(name) \(CaptureText.grouped(tally.conversations))"
                    + (notes.isEmpty ? "" : " (\(notes.joined(separator: ", ")))")
            }
            .joined(separator: ", ")
    }
}

extension TapTally {
    /// `near the clients: …`; nil where nothing tells.
    var sentence: String? {
        guard let initiatorRouters, let responderRouters else { return nil }
        let place =
            switch place {
            case .nearInitiators: "near the clients"
            case .nearResponders: "near the servers"
            case .between: "between clients and servers"
            case .sameNetwork: "in the network of clients and servers"
            case nil: "not in the same place for all connections"
            }
        func passed(_ routers: Int) -> String { routers == 1 ? "1 router" : "\(routers) routers" }
        let share = responderShare.map { "; \(Int(($0 * 100).rounded()))% of the round trip is on the servers' side" }
        return "\(place): packets of clients had passed \(passed(initiatorRouters)), those of servers"
            + " \(passed(responderRouters))\(share ?? "")."
    }
}

extension ConversationDigest {
    /// `5,031 conversations of 1,024 hosts: number 17 of 10.0.0.5, then 36, 51, …`
    var whose: String {
        let first = numbers.first.map { "number \($0)" } ?? "one"
        let from = initiator.map { " from \($0)" } ?? initiators.first.map { " of \($0)" } ?? ""
        let carried = carrier.map { ", in \($0)" } ?? ""
        guard count > 1 else { return "Conversation \(first)\(from)\(carried)." }
        let hosts =
            initiatorCount >= ConversationDigest.mostInitiators
            ? "\(initiatorCount) hosts or more" : initiatorCount == 1 ? "one host" : "\(initiatorCount) hosts"
        let others = numbers.dropFirst().prefix(5).map(String.init)
        let more =
            others.isEmpty ? "" : ", then \(others.joined(separator: ", "))\(count > others.count + 1 ? ", …" : "")"
        return "\(CaptureText.grouped(count)) conversations of \(hosts): \(first)\(from)\(carried)\(more)."
    }

    /// What TCP did meanwhile; nil for anything else.
    var course: String? {
        guard let analysis else { return nil }
        var parts = [
            "\(CaptureText.counted(sent.packets, "packet")) there and \(CaptureText.grouped(received.packets)) back"
        ]
        if let trip = analysis.initialRoundTrip { parts.append("round trip \(trip.shortText) ms") }
        let repeated = Int(analysis.initiator.retransmissions) + Int(analysis.responder.retransmissions)
        if repeated > 0 { parts.append("\(repeated) sent again") }
        let marks = analysis.marks.subtracting(.anyRetransmission)
        if !marks.isEmpty { parts.append(marks.description.split(separator: " ").joined(separator: ", ")) }
        if let close = analysis.close {
            parts.append(
                "\(close.manner == .fin ? "closed" : "reset") by the \(close.byInitiator ? "client" : "server") in frame \(close.frame)"
            )
        }
        return parts.joined(separator: "; ") + "."
    }
}
