import Conversations
import PacketWire
import Testing

@testable import Diagnosis

/// Services that speak first, and mail servers on their way to TLS.
struct GreetingFindingTests {
    private func diagnose(
        port: UInt16, greeting: String = "", awaited: TimeSpan? = nil, closed: Bool = false,
        _ change: (inout Facts) -> Void = { _ in }
    ) -> TargetDiagnosis {
        let address = IPAddress("203.0.113.1") ?? .v4(.any)
        var facts = Facts(
            target: Target(input: "x", host: "x", address: address, port: port, transport: .tcp), witnesses: [.socket])
        var attempt = Attempt(purpose: .primary, kind: .tcp(port: port), remote: address, startedAt: .zero)
        attempt.socket = SocketOutcome(state: .connected, at: .zero + .milliseconds(10))
        attempt.socket?.greeting = Array(greeting.utf8)
        attempt.socket?.bytesReceived = greeting.utf8.count
        attempt.socket?.isEndAcknowledged = true
        attempt.socket?.aftermath =
            closed ? .closed(at: .zero + .milliseconds(12), bytesBefore: greeting.utf8.count) : .held
        facts.attempts = [attempt]
        facts.greetingAwaited = awaited
        change(&facts)
        return facts.diagnose()
    }

    @Test("Who greets is open, and says as what")
    func greets() {
        let found = diagnose(port: 22, greeting: "SSH-2.0-lab\r\n")
        #expect(found.verdict == .open && found.summary.contains("in SSH: 'SSH-2.0-lab'"))
        let other = diagnose(port: 9_999, greeting: "who are you?\r\nmore")
        #expect(other.verdict == .open && other.evidence.contains { $0.fact.contains("'who are you?'") })
    }

    @Test("Words that are not those of the port's service are told, and half a line is not judged")
    func greetsAsAnother() {
        #expect(diagnose(port: 25, greeting: "SSH-2.0-lab\r\n").summary.contains("in SSH, where SMTP is usual"))
        let whole = diagnose(port: 22, greeting: "\u{1}garbage\n")
        #expect(whole.verdict == .open && whole.summary.contains("not as SSH does") && whole.summary.contains(#"\x01"#))
        let endless = diagnose(port: 22, greeting: String(repeating: "A", count: 80))
        #expect(endless.summary.contains("not as SSH does"))
        let half = diagnose(port: 25, greeting: "22")
        #expect(half.summary.hasSuffix("The server speaks first: '22'."))
    }

    @Test("Who refuses in so many words is no open port, whether it closes or not", arguments: [true, false])
    func refuses(closed: Bool) {
        let found = diagnose(port: 25, greeting: "554 no\r\n", closed: closed)
        #expect(found.verdict == .interfered && found.stage == .application && found.mechanism == .permission)
        #expect(found.summary.contains("554 no") && found.confidence == .likely)
    }

    @Test("Words that are no greeting refuse where the port's service greets, and only with the end")
    func wordsAndClose() {
        let found = diagnose(port: 22, greeting: "Exceeded MaxStartups\r\n", closed: true)
        #expect(found.verdict == .interfered && found.mechanism == .closedByPeer && found.stage == .application)
        #expect(found.zones == [.destination, .path] && found.summary.contains("'Exceeded MaxStartups'"))
        #expect(diagnose(port: 22, greeting: "wait a moment\r\n").verdict == .open)
        #expect(diagnose(port: 9_999, greeting: "the time is 12:00\r\n", closed: true).verdict == .open)
    }

    @Test("Silence is weak, and only where somebody waited for a service that speaks first")
    func silent() {
        let found = diagnose(port: 22, awaited: .seconds(3))
        #expect(found.verdict == .interfered && found.mechanism == .noReply && found.confidence == .weak)
        #expect(found.zones == [.destination, .path, .returnPath] && found.lookAlikes.count == 3)
        #expect(diagnose(port: 22).verdict == .open && diagnose(port: 443, awaited: .seconds(3)).verdict == .open)
    }

    /// A service that was asked for by its name, and says nothing.
    private func asked(_ service: StartTLS.Service, on port: UInt16, greets: Bool = false) -> TargetDiagnosis {
        diagnose(port: port) { facts in
            facts.request = ApplicationRequest(usesTLS: true, upgrade: service)
            var upgrade = UpgradeFact(service)
            if greets { upgrade.greeting = "220 mail.lab" }
            upgrade.outcome = .broken(.silence(.seconds(8), isAcknowledged: true))
            facts.application = ApplicationFacts()
            facts.application?.upgrade = upgrade
        }
    }

    @Test(
        "No greeting is missing where TLS comes first",
        arguments: [(465, .smtp), (993, .imap), (995, .pop3)] as [(UInt16, StartTLS.Service)])
    func greetingInsideTLS(_ port: UInt16, _ service: StartTLS.Service) {
        let found = asked(service, on: port)
        #expect(found.verdict == .undetermined && found.mechanism == .protocolMismatch && found.confidence == .weak)
        #expect(found.zones == [.destination] && found.advice.first?.hasSuffix("ask with tls://HOST:\(port).") == true)
        #expect(!found.summary.contains("speaks first") && !found.lookAlikes.contains { $0.cause.contains("way") })
        // Nor is it waited for where nobody asks for one.
        #expect(diagnose(port: port).verdict == .open && ServerGreeting.Service(usualOn: port) == nil)
    }

    @Test("Elsewhere it is, and nobody on the way has read what was not said", arguments: [25, 2_525] as [UInt16])
    func greetingAsked(_ port: UInt16) {
        let found = asked(.smtp, on: port)
        #expect(found.verdict == .interfered && found.mechanism == .noReply && found.confidence == .likely)
        #expect(found.summary.contains("nobody spoke for 8 s: a server of SMTP"), "\(found.summary)")
        #expect(found.summary.contains("usual") == (port == 25))
        #expect(!found.lookAlikes.contains { $0.cause.contains("on the way") || $0.cause.contains("another service") })
        // Behind a greeting something was said.
        let later = asked(.smtp, on: port, greets: true)
        #expect(later.mechanism == .noReply && later.lookAlikes.contains { $0.cause.contains("on the way") })
    }

    @Test(
        "The way to TLS ends as it ends",
        arguments: [
            (
                UpgradeFact.Outcome.failed(.notOffered), Stage.tls, Mechanism.protocolMismatch,
                [Zone.destination, .path]
            ),
            (.failed(.garbled("XXXXXXXA")), .tls, .alteredInTransit, [.path, .destination]),
            (.failed(.refused("454 no")), .application, .permission, [.destination, .path]),
            (.failed(.foreign("SSH")), .application, .protocolMismatch, [.destination, .path]),
            (.broken(.closed()), .application, .closedByPeer, [.destination, .path]),
        ])
    func upgrade(_ outcome: UpgradeFact.Outcome, _ stage: Stage, _ mechanism: Mechanism, _ zones: [Zone]) {
        let found = diagnose(port: 25) { facts in
            facts.request = ApplicationRequest(usesTLS: true, upgrade: .smtp)
            var upgrade = UpgradeFact(.smtp)
            upgrade.greeting = "220 mail.lab"
            upgrade.outcome = outcome
            facts.application = ApplicationFacts()
            facts.application?.upgrade = upgrade
        }
        #expect(found.verdict == .interfered && found.stage == stage && found.mechanism == mechanism)
        #expect(found.zones == zones && found.evidence.contains { $0.fact.contains("220 mail.lab") })
    }
}
