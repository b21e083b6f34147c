import Conversations
import PacketWire
import Testing

@testable import Diagnosis

/// What a user's own words behind the handshake bring, and what their silence means.
struct WordsFindingTests {
    private func diagnosis(
        hasWire: Bool = true, _ change: (inout WordsFact) -> Void,
        beside: (inout ApplicationFacts) -> Void = { _ in }
    ) -> TargetDiagnosis {
        var made = HandmadeFacts(hasWire: hasWire)
        made.add(.primary, .synAck())
        var facts = made.facts
        facts.request = ApplicationRequest(usesTLS: false)
        facts.request?.words = [0x78]
        facts.application = ApplicationFacts()
        var words = WordsFact(count: 6, sentAt: .zero + .milliseconds(10))
        change(&words)
        facts.application?.words = words
        if var application = facts.application {
            beside(&application)
            facts.application = application
        }
        return facts.diagnose()
    }

    @Test("An answer is shown with its time, and escaped")
    func answered() {
        let diagnosis = diagnosis { words in
            words.answeredAt = .zero + .milliseconds(35)
            words.received = 9
            words.answer = "+PO\u{1B}NG"
        }
        #expect(diagnosis.verdict == .open && diagnosis.timing.application == .milliseconds(25))
        #expect(diagnosis.summary.hasSuffix(#"It was answered after 25 ms: 9 bytes, '+PO\x1bNG'."#))
        #expect(diagnosis.evidence.contains { $0.fact == "said behind the handshake: 6 bytes of --payload" })
    }

    /// What HTTP says to words that are none of it.
    private func answered(
        _ code: Int, _ reason: NetworkText = "x", location: NetworkText? = nil, asks method: String = "",
        inTLS: Bool = false
    ) -> TargetDiagnosis {
        diagnosis { words in
            words.answeredAt = .zero + .milliseconds(35)
            words.answer = NetworkText("HTTP/1.1 \(code) \(reason)")
            var http = HTTPFact(method: method, path: "/", host: "web.lab", sentAt: words.sentAt)
            http.status = HTTPStatusLine(decoding: Array("HTTP/1.1 \(code) \(reason)\r\n".utf8).span)
            http.fields["Location"] = location
            words.http = http
        } beside: { application in
            guard inTLS else { return }
            application.tls = TLSFact(serverName: "web.lab", sentAt: .zero)
            application.tls?.outcome = .secured
        }
    }

    @Test("Words that are no request are not answered in HTTP by the service that was meant")
    func inHTTP() {
        let bad = answered(400, "Bad Request")
        #expect(bad.verdict == .interfered && bad.mechanism == .protocolMismatch && bad.confidence == .likely)
        #expect(bad.zones == [.destination, .path] && bad.summary.contains("'HTTP/1.1 400 Bad Request'"))
        let elsewhere = answered(302, location: "https://login.example/")
        #expect(elsewhere.mechanism == .protocolMismatch && elsewhere.summary.contains("login.example"))
        // Behind a certificate that stands nobody on the way says it.
        #expect(answered(400, inTLS: true).zones == [.destination])
        let portal = answered(302, location: "http://captive.example/login")
        #expect(portal.mechanism == .answeredByMiddlebox && portal.summary.contains("portal"))
    }

    @Test("Words that are a request are answered like one")
    func asRequest() {
        #expect(answered(200, asks: "GET").verdict == .open)
        #expect(answered(302, location: "https://login.example/", asks: "GET").verdict == .open)
        let portal = answered(302, location: "http://captive.example/login", asks: "GET")
        #expect(portal.verdict == .interfered && portal.mechanism == .answeredByMiddlebox)
        #expect(answered(403, asks: "GET").verdict == .blocked)
    }

    @Test("Silence of who took them proves nothing: only the service knows what it answers", arguments: [true, nil])
    func silence(isTaken: Bool?) {
        let diagnosis = diagnosis { $0.end = .silence(.seconds(5), isAcknowledged: isTaken) }
        #expect(diagnosis.verdict == .undetermined && diagnosis.mechanism == .noReply)
        #expect(diagnosis.confidence == .weak && diagnosis.stage == .application && diagnosis.lookAlikes.count == 1)
        #expect(diagnosis.zones == [.destination, .path, .returnPath])
        #expect(diagnosis.summary.contains("TCP took them") == (isTaken == true))
    }

    @Test("What no TCP takes vanished, and who hangs up upon them is named")
    func broken() {
        let vanished = diagnosis { $0.end = .silence(.seconds(5), isAcknowledged: false) }
        #expect(vanished.verdict == .interfered && vanished.mechanism == .silentDrop)
        #expect(vanished.summary.contains("the 6 bytes of --payload vanished"))
        #expect(vanished.lookAlikes.map(\.experiment) == ["say other words of this length (--payload)"])
        let long = diagnosis { words in
            (words.count, words.end) = (1_400, .silence(.seconds(5), isAcknowledged: false))
        }
        #expect(long.application?.mayStallBySize == true && vanished.application?.mayStallBySize == false)
        let closed = diagnosis { $0.end = .closed(isAcknowledged: true) }
        #expect(closed.verdict == .interfered && closed.mechanism == .closedByPeer)
    }
}
