import Conversations
import PacketWire

/// What a service that speaks first said to a connection that was only opened, or that it said nothing.
extension TargetDiagnosis {
    func withGreeting(of facts: Facts) -> TargetDiagnosis {
        guard facts.request == nil, facts.target.transport == .tcp, let socket = facts.attempts.first?.socket,
            case .connected = socket.state
        else { return self }
        var finding = ApplicationFinding()
        let usual = ServerGreeting.Service(usualOn: facts.target.port)
        if let greeting = ServerGreeting(decoding: socket.greeting.span, port: facts.target.port) {
            finding.evidence = [
                Evidence(.socket, "the server greets, in \(greeting.service.rawValue): '\(greeting.text)'")
            ]
            if greeting.isRefusal {
                finding.problem = .refusedByGreeting(greeting, facts.target)
            } else {
                let usually = usual.map { $0 == greeting.service ? "" : ", where \($0.rawValue) is usual" } ?? ""
                finding.summary =
                    "The server greets, in \(greeting.service.rawValue)\(usually): '\(greeting.text)'."
            }
        } else if !socket.greeting.isEmpty {
            let line = NetworkText(bytes: socket.greeting).firstLine
            finding.evidence = [Evidence(.socket, "the server speaks first: '\(line)'")]
            // Half a line may still become one.
            let isWhole = socket.greeting.contains(UInt8(ascii: "\n")) || socket.greeting.count >= 64
            finding.summary =
                isWhole && usual != nil
                ? "What answers speaks first, and not as \(usual?.rawValue ?? "") does, which is usual on port \(facts.target.port): '\(line)'."
                : "The server speaks first: '\(line)'."
            // Lines before an identification are allowed (RFC 4253 section 4.2): only with the end they refuse.
            if case .closed? = socket.aftermath,
                let words = ServerGreeting(partingWords: socket.greeting.span, port: facts.target.port)
            {
                finding.problem = .parting(words, facts.target)
            }
        } else if socket.bytesReceived == 0, let stop = RequestStop(keptFrom: facts) {
            finding.problem = stop.problem("the opening of the connection", of: facts.target, stage: .application)
        } else if let waited = facts.greetingAwaited, let usual, socket.bytesReceived == 0,
            // What is known to be lost is no service that says nothing.
            stage != .application,
            socket.aftermath == .held || socket.aftermath == nil
        {
            finding.problem = .withoutGreeting(usual, waited, facts.target)
        }
        return withApplication(finding, stage: nil)
    }
}

extension ApplicationFinding.Problem {
    static func refusedByGreeting(
        _ greeting: ServerGreeting, _ target: Target
    ) -> ApplicationFinding.Problem {
        ApplicationFinding.Problem(
            verdict: .interfered, stage: .application, mechanism: .permission, zones: [.destination, .path],
            confidence: .likely, actor: target.address,
            summary: "The server accepts the connection and refuses the client: '\(greeting.text)'.",
            advice: ["On the server: its access list for this address, its limits, and its log."],
            lookAlikes: [
                LookAlike(
                    cause: "a proxy before the server answers so",
                    whyNotExcluded: "a greeting says nothing of who wrote it",
                    experiment: "look at the server's log: does it know the connection?")
            ])
    }

    /// Words, and the end behind them.
    static func parting(_ words: ServerGreeting, _ target: Target) -> ApplicationFinding.Problem {
        ServerGreeting.Service(usualOn: target.port).map { .wordsAndClose($0, words.text, target) }
            ?? .refusedByGreeting(words, target)
    }

    /// As sshd does beyond its MaxStartups.
    static func wordsAndClose(
        _ service: ServerGreeting.Service, _ words: NetworkText, _ target: Target
    ) -> ApplicationFinding.Problem {
        ApplicationFinding.Problem(
            verdict: .interfered, stage: .application, mechanism: .closedByPeer, zones: [.destination, .path],
            confidence: .likely, actor: target.address,
            summary:
                "The connection was opened, and what answers says '\(words)' and closes: it is no greeting of \(service.rawValue), which is usual on port \(target.port).",
            advice: [
                "On the server: its limits (sshd: MaxStartups, PerSourceMaxStartups), its access list, and its log."
            ],
            lookAlikes: [
                LookAlike(
                    cause: "a proxy before the server, or another service on its port, says so",
                    whyNotExcluded: "words say nothing of who wrote them",
                    experiment: "look at the server's log: does it know the connection?")
            ])
    }

    /// Silence is all there is, or all until the server ends it.
    static func withoutGreeting(
        _ service: ServerGreeting.Service, _ waited: TimeSpan, _ target: Target, ended: TCPClose.Manner? = nil
    ) -> ApplicationFinding.Problem {
        let isUsual = ServerGreeting.Service(usualOn: target.port) == service
        return ApplicationFinding.Problem(
            verdict: .interfered, stage: .application,
            mechanism: ended.map { $0 == .fin ? .closedByPeer : .tcpReset } ?? .noReply,
            zones: ended == nil ? [.destination, .path, .returnPath] : [.destination, .path],
            confidence: ended == nil ? .weak : .likely,
            summary:
                "The connection was opened, and nobody spoke for \(waited.words)"
                + (ended == nil ? "" : "; then the far end ended it")
                + ": a server of \(service.rawValue)"
                + (isUsual ? ", which is usual on port \(target.port)," : "")
                + " speaks first.",
            advice: [
                "On the host: does the service still accept (ss -ltn, Recv-Q), and does its log know the connection?",
                "A proxy in front accepts before it has reached the server: look at its backend.",
            ],
            lookAlikes: [
                LookAlike(
                    cause: "another service stands there, which waits for the client",
                    whyNotExcluded: "a port's number promises nothing", experiment: "ask whoever runs the host"),
                LookAlike(
                    cause: "the server looks the client up first, or lets it wait on purpose",
                    whyNotExcluded: "some do, for some seconds", experiment: "wait longer with a client of the service"),
                .wantsProxyHeader,
            ])
    }
}
