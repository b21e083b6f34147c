import Conversations
import Diagnosis
import PacketWire

/// Something that the client said was answered by a reset and nothing else. What it was need not be known.
///
/// A server that has answered all may well close with a reset; one that owes an answer does not work, be it for a reason of
/// its own, or because somebody on the way resets in its name.
struct ResetWords {
    private let end: Aftermath.End
    /// How much it was that the server had not answered, where it had answered something before; nil where it had not.
    private let unanswered: Int?

    /// So short is what some protocols say goodbye with, to which nobody owes an answer (TLS close_notify, RFC 8446 section
    /// 6.1; LDAP, RFC 4511 section 4.3): where it cannot be read, it may be that.
    private static let longestGoodbye = 64

    /// Nil where it was not so.
    init?(_ table: ConversationTable, at position: Int, _ facts: Facts) {
        guard let analysis = table.analysis(at: position), analysis.isResetUnanswered || analysis.isResetMidway,
            let close = analysis.close,
            let end = Aftermath(table.conversation(at: position), facts).resetEnd
        else { return nil }
        self.end = end
        unanswered = analysis.isResetMidway ? Int(close.unansweredBytes) : nil
        guard let unanswered, unanswered <= Self.longestGoodbye, !close.isContradicted else { return }
        guard Self.saysNoGoodbyes(table.application(at: position), analysis) else { return nil }
    }

    private static func saysNoGoodbyes(_ application: ApplicationExchange?, _ analysis: TCPAnalysis) -> Bool {
        switch application {
        case .http(let exchange):
            exchange.status.map { $0.value.code >= 200 } ?? true && exchange.request?.value.isConnect != true
        case .dns: true
        // Behind an opening that was not seen, anything may have been agreed on.
        case nil: analysis.completeness.contains(.syn)
        default: false
        }
    }

    fileprivate func finding(_ target: Target) -> ApplicationFinding {
        var finding = ApplicationFinding()
        guard let unanswered else {
            finding.problem = end.problem(
                "what the client said", of: target, stage: .application,
                advice: ApplicationFinding.Problem.requestAdvice)
            return finding
        }
        let bytes = unanswered == 1 ? "1 byte" : "\(unanswered) bytes"
        finding.problem = end.problem(
            "what the client said last (\(bytes))", of: target, stage: .transfer,
            advice: [
                "On the server: did the process end, or does its log, or a proxy's before it, know why it gave up? It had answered before."
            ])
        if finding.problem?.confidence == .likely {
            finding.problem?.lookAlikes.append(
                LookAlike(
                    cause:
                        "the server ended it just then for another reason: a restart, a limit of time or of requests",
                    whyNotExcluded:
                        "one connection alone does not tell an end by chance from an answer to what was said",
                    experiment: "do others end at the same words, after the same time, or at the same moment?"))
        }
        return finding
    }
}

extension TargetDiagnosis {
    func with(_ reset: ResetWords?) -> TargetDiagnosis {
        guard let reset, verdict == .open else { return self }
        return withApplication(reset.finding(target), stage: nil)
    }
}
