import Conversations
import PacketWire

/// The certificate that passes a capture in the clear, up to TLS 1.2, and what is wrong with it as far as it says so
/// itself: its time by the capture's clock, and its names. Who vouches for it is not judged: a capture trusts nobody.
struct SeenCertificate {
    let certificate: CertificateOutline
    let at: Instant
    private let frame: Int
    private let chain: Int
    private let serverName: NetworkText?
    /// Worst first.
    let faults: [String]

    /// Nil where none was seen.
    init?(_ exchange: TLSExchange, _ aftermath: Aftermath) {
        guard let seen = exchange.certificates, let certificate = seen.value.first else { return nil }
        self.certificate = certificate
        (frame, at, chain) = (seen.frame, seen.at, seen.value.count)
        serverName = exchange.clientHello?.value.serverName
        var faults: [String] = []
        if let now = aftermath.clock(at: seen.at) {
            if let end = certificate.notAfter, end.seconds < now { faults.append("it expired on \(end)") }
            if let start = certificate.notBefore, start.seconds > now { faults.append("it is valid from \(start) on") }
        }
        if let serverName, !certificate.covers(serverName) {
            faults.append("it is for \(Self.forWhom(certificate)), and \(serverName) was asked for")
        }
        if certificate.isSelfIssued { faults.append("nobody but itself vouches for it") }
        self.faults = faults
    }

    private static func forWhom(_ certificate: CertificateOutline) -> String {
        var names = certificate.names.map { "\($0)" } + certificate.addresses.map { "\($0)" }
        if names.isEmpty, let name = certificate.commonName { names = ["\(name)"] }
        guard !names.isEmpty else { return "no name" }
        return names.prefix(3).joined(separator: ", ") + (names.count > 3 ? ", …" : "")
    }

    private var validity: String {
        "\(certificate.notBefore.map { "\($0)" } ?? "?") to \(certificate.notAfter.map { "\($0)" } ?? "?")"
    }

    var evidence: Evidence {
        let length = chain > 1 ? ", \(chain) in the chain" : ""
        return Evidence(
            .wire, "certificate of \(certificate.subject), from \(certificate.issuer)\(length)",
            detail: (["for \(Self.forWhom(certificate))", "valid \(validity)"] + faults
                + ["who vouches for it is not checked: a capture has no trust store"]).joined(separator: "; "),
            frames: [frame])
    }

    /// The client went on all the same; nil where nothing is wrong.
    var remark: String? {
        guard let fault = faults.first else { return nil }
        return "The client went on, though the server's certificate has a fault: \(fault)."
    }

    private var named: String { serverName.map { " for \($0)" } ?? "" }

    /// Nil where nothing is wrong with it.
    var problem: ApplicationFinding.Problem? {
        guard let fault = faults.first else { return nil }
        return ApplicationFinding.Problem(
            verdict: .interfered, stage: .tls, mechanism: .tlsAlert, zones: [.destination, .path, .localIngress],
            confidence: .likely,
            summary:
                "The client left upon the certificate that is shown\(named), without a word: \(fault). It is from \(certificate.issuer).",
            advice: [
                "Look at the server's certificate, and at the clocks of both sides; an inspecting proxy shows one of its own."
            ],
            lookAlikes: [
                LookAlike(
                    cause: "the client left for a reason of its own",
                    whyNotExcluded: "it did not say why", experiment: "look at the client's own message")
            ])
    }

    /// A client that complains of the certificate, with what is wrong as far as that is to be seen.
    func explaining(_ problem: ApplicationFinding.Problem) -> ApplicationFinding.Problem {
        var problem = problem
        let fault = faults.first.map { ": \($0)" } ?? ", in time and for that name"
        problem.summary += " The certificate is \(certificate.subject)'s, from \(certificate.issuer)\(fault)."
        return problem
    }
}
