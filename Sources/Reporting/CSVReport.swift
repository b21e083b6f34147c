import Conversations
public import Diagnosis
import PacketWire

/// One line a diagnosis, for spreadsheets: RFC 4180, with a header line. A cell that a spreadsheet would take for a
/// formula begins with an apostrophe, because names come from the network.
public enum CSVReport {
    public static let header =
        "conversation,count,clients,client,server,port,transport,verdict,stage,mechanism,zones,actor,confidence,"
        + "first_s,last_s,packets_there,packets_back,bytes_there,bytes_back,retransmissions,initial_rtt_ms,completeness,"
        + "marks,summary,application,carrier\r\n"

    public static func document(_ report: DiagnosisReport) -> String {
        header + report.diagnoses.map(line).joined()
    }

    public static func line(_ diagnosis: TargetDiagnosis) -> String {
        let conversation = diagnosis.conversation
        let analysis = conversation?.analysis
        let repeated = analysis.map { Int($0.initiator.retransmissions) + Int($0.responder.retransmissions) }
        let cells: [String] = [
            conversation?.numbers.first.map(String.init) ?? "", conversation.map { String($0.count) } ?? "",
            conversation.map { String($0.initiatorCount) } ?? "", conversation?.initiator?.description ?? "",
            diagnosis.target.address?.description ?? diagnosis.target.host, String(diagnosis.target.port),
            diagnosis.target.transport.rawValue, diagnosis.verdict.rawValue, diagnosis.stage?.rawValue ?? "",
            diagnosis.mechanism?.rawValue ?? "", diagnosis.zones.map(\.rawValue).joined(separator: " "),
            diagnosis.actor?.description ?? "", diagnosis.confidence.rawValue,
            conversation.map { seconds($0.firstSeen - .zero) } ?? "",
            conversation.map { seconds($0.lastSeen - .zero) } ?? "",
            conversation.map { String($0.sent.packets) } ?? "", conversation.map { String($0.received.packets) } ?? "",
            conversation.map { String($0.sent.bytes) } ?? "", conversation.map { String($0.received.bytes) } ?? "",
            repeated.map(String.init) ?? "", analysis?.initialRoundTrip?.columnText ?? "",
            analysis.map { String($0.completeness.rawValue) } ?? "", analysis?.marks.description ?? "",
            diagnosis.summary, conversation?.application?.cell ?? "", conversation?.carrier?.description ?? "",
        ]
        return cells.map(quoted).joined(separator: ",") + "\r\n"
    }

    private static func seconds(_ span: TimeSpan) -> String {
        let microseconds = span.wholeMicroseconds
        let fraction = String(microseconds.magnitude % 1_000_000)
        return (microseconds < 0 ? "-" : "") + "\(microseconds.magnitude / 1_000_000)."
            + String(repeating: "0", count: 6 - fraction.utf8.count) + fraction
    }

    private static func quoted(_ cell: String) -> String {
        let shown = DisplayText(cell, unicode: true).text
        let first = shown.unicodeScalars.first
        let isFormula =
            first.map { "=+@\t".unicodeScalars.contains($0) } ?? false
            || (first == "-" && shown.unicodeScalars.count > 1
                && !(shown.unicodeScalars.dropFirst().allSatisfy { "0123456789.".unicodeScalars.contains($0) }))
        let safe = isFormula ? "'" + shown : shown
        guard safe.contains(where: { $0 == "," || $0 == "\"" || $0 == "\n" || $0 == "\r" }) else { return safe }
        return "\"" + safe.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
    }
}

extension ApplicationExchange {
    /// The protocol, and whom or what was asked for.
    fileprivate var cell: String {
        let what: String? =
            switch self {
            case .tls(let tls): tls.clientHello?.value.serverName?.description
            case .http(let http): http.request.map { ($0.value.host ?? $0.value.target).description }
            case .ssh(let ssh): ssh.server?.value.description
            case .greeting(let exchange): exchange.greeting.value.text.description
            case .dns(let dns): dns.firstQuestion.map { "\($0.value.name) \($0.value.type)" }
            case .quic, .service: nil
            case .socks(let socks): socks.place?.value.description
            }
        return name + (what.map { " \($0)" } ?? "")
    }
}
