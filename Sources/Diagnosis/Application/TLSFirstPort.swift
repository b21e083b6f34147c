import Conversations
import PacketWire

/// A port on which a service that greets does so inside TLS only: nobody speaks there before the client's hello, and who waits
/// for a greeting waits in vain. The counterpart of `UpgradePort`.
enum TLSFirstPort {
    /// How to ask there; nil of a port that is known for nothing of the kind.
    static func advice(_ port: UInt16) -> String? {
        known[port].map {
            "Port \(port) is usual for \($0), where TLS comes first and the greeting inside it: ask with tls://HOST:\(port)."
        }
    }

    private static let known: [UInt16: String] = [
        // RFC 8314 section 3
        465: "SMTP submission over TLS", 993: "IMAP over TLS", 995: "POP3 over TLS",
        // RFC 4642 section 1, and IANA's registry
        563: "NNTP over TLS", 990: "FTP over TLS",
    ]
}

extension ApplicationFinding.Problem {
    /// A greeting was waited for, and the port's usual service gives none before TLS.
    static func greetingBeforeTLS(
        of service: StartTLS.Service, _ advice: String, _ waited: TimeSpan, _ target: Target
    ) -> ApplicationFinding.Problem {
        ApplicationFinding.Problem(
            verdict: .undetermined, stage: .application, mechanism: .protocolMismatch, zones: [.destination],
            confidence: .weak,
            summary:
                "The connection was opened, and nobody spoke for \(waited.words): a greeting of \(service.rawValue) was waited for"
                + " here, and the server may wait for a ClientHello.",
            advice: [advice],
            lookAlikes: [
                LookAlike(
                    cause: "the server greets in the clear there, and does not do so now",
                    whyNotExcluded: "a port's number promises nothing", experiment: "ask in TLS: is that answered?")
            ])
    }
}
