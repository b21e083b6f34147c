import Conversations
import PacketWire
import Testing

@testable import Diagnosis

/// A request that failed once, and what the same one on other connections makes of that.
struct RepeatedRequestTests {
    private static let address = IPAddress("203.0.113.1")!

    private func told(_ repeats: DialogueRepeats?, _ change: (inout HTTPFact) -> Void) -> TargetDiagnosis {
        Facts.talked(to: Self.address, port: 80, ApplicationRequest(usesTLS: false, path: "/")) { application in
            var fact = HTTPFact(method: "GET", path: "/", host: "web.lab", sentAt: .zero + .milliseconds(10))
            change(&fact)
            application.http = fact
            application.repeats = repeats
        }.diagnose()
    }

    private func status(_ code: Int) -> HTTPStatusLine? {
        HTTPStatusLine(decoding: Array("HTTP/1.1 \(code) x\r\n".utf8).span)
    }

    @Test(
        "What is answered elsewhere fails now and then",
        arguments: [
            DialogueEnd.silence(.seconds(8), isAcknowledged: true), .closed(isAcknowledged: true),
            .reset(SocketError(linux: 104)),
        ])
    func sometimes(_ end: DialogueEnd) {
        let once = told(nil) { $0.end = end }
        #expect(once.verdict == .interfered)
        let some = told(DialogueRepeats(tried: 3, answered: 2)) { $0.end = end }
        #expect(some.verdict == .degraded && some.mechanism == once.mechanism && some.zones == once.zones)
        #expect(some.summary.hasSuffix("answered on 2 of them: it fails now and then."), "\(some.summary)")
        #expect(!some.lookAlikes.contains(where: \.isOnTheWay) && some.advice.count == once.advice.count + 1)
        #expect(told(DialogueRepeats(tried: 3, answered: 3)) { $0.end = end }.summary.contains("on each of them"))
        let never = told(DialogueRepeats(tried: 3, answered: 0)) { $0.end = end }
        #expect(never.verdict == .interfered && never.summary == once.summary && never.lookAlikes == once.lookAlikes)
        #expect(never.evidence.contains { $0.fact.contains("3 more connections, and answered on none of them") })
    }

    @Test("A gateway whose server is away now and then; who answers in its place may do so then, too")
    func gateway() {
        let once = told(nil) { ($0.status, $0.received) = (status(502), 100) }
        let some = told(DialogueRepeats(tried: 3, answered: 1)) { ($0.status, $0.received) = (status(502), 100) }
        #expect(once.verdict == .degraded && some.verdict == .degraded && some.lookAlikes == once.lookAlikes)
        #expect(some.summary.contains("answered on 1 of them"))
    }

    @Test("What works is not read anew")
    func works() {
        let fine = told(DialogueRepeats(tried: 3, answered: 1)) { ($0.status, $0.received) = (status(200), 100) }
        #expect(fine.verdict == .open && !fine.summary.contains("now and then"))
    }

    @Test(
        "Only a request that failed is worth it",
        arguments: [
            (200, nil, false), (404, nil, false), (502, nil, true), (522, nil, true), (200, 8, true), (nil, 8, true),
        ]
            as [(Int?, Int64?, Bool)])
    func worth(_ code: Int?, _ silence: Int64?, _ isWorth: Bool) {
        var application = ApplicationFacts()
        #expect(!application.isWorthRepeating)
        application.http = HTTPFact(method: "GET", path: "/", host: "x", sentAt: .zero)
        application.http?.status = code.flatMap(status)
        application.http?.end = silence.map { .silence(.seconds($0), isAcknowledged: true) }
        #expect(application.isWorthRepeating == isWorth)
        // Hellos that differ have been repeated.
        application.hellos = [HelloTrial(.unchanged, attempt: 1, TLSFact(serverName: "x", sentAt: .zero))]
        #expect(!application.isWorthRepeating)
    }
}
