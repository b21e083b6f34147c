import Conversations
import Diagnosis
import PacketWire
import StallpointTestKit
import Testing

/// What a SOCKS proxy says, as a verdict: to a probe, and to a client in a capture.
struct SOCKSAnswerTests {
    private func diagnosis(
        _ version: SOCKSVersion = .five, offered: [SOCKSMethod] = [.none], _ change: (inout SOCKSFact) -> Void
    ) -> TargetDiagnosis {
        var socks = SOCKSFact(version, to: "db.example:5432", sentAt: .zero)
        socks.offered = offered
        change(&socks)
        var application = ApplicationFacts()
        application.socks = socks
        return Facts.proxied("db.example:5432", port: 1080, usesTLS: false, application).diagnose()
    }

    /// Version, code, what it means, and whether something else may be behind it.
    private static let replies: [(SOCKSVersion, UInt8, Mechanism, isVague: Bool)] = [
        (.five, 1, .noReply, true), (.five, 2, .permission, false), (.five, 3, .noReply, false),
        (.five, 4, .noReply, false), (.five, 5, .noReply, false), (.five, 6, .noReply, false),
        (.five, 7, .protocolMismatch, false), (.five, 8, .protocolMismatch, false), (.five, 99, .noReply, false),
        (.four, 91, .noReply, true), (.four, 92, .permission, false), (.four, 93, .permission, false),
    ]

    @Test("Who may not is told from what is not reached", arguments: replies)
    func refusals(version: SOCKSVersion, code: UInt8, mechanism: Mechanism, isVague: Bool) {
        let diagnosis = diagnosis(version) { $0.reply = SOCKSReply(version, code) }
        #expect(diagnosis.verdict == .interfered && diagnosis.stage == .application)
        #expect(diagnosis.mechanism == mechanism && diagnosis.zones == [.destination])
        #expect(diagnosis.confidence == .strong && diagnosis.actor == IPAddress("192.0.2.8"))
        #expect(
            diagnosis.summary
                == "The \(version.name) proxy gives no way to db.example:5432: \(SOCKSReply(version, code).name) (\(code))."
        )
        #expect(diagnosis.lookAlikes.contains { $0.cause.contains("rules do not allow") } == isVague)
    }

    @Test("A proxy that wants to know who asks")
    func logins() {
        let nobody = diagnosis { $0.method = .noneAcceptable }
        #expect(nobody.mechanism == .permission && nobody.summary.hasSuffix(": it wants to know who asks."))
        let neither = diagnosis(offered: [.none, .password]) { $0.method = .noneAcceptable }
        #expect(neither.summary.hasSuffix(": it takes neither this login nor none."))
        let unasked = diagnosis { $0.method = .password }
        #expect(unasked.summary.hasSuffix(": it wants user name and password, which was not offered."))
        let other = diagnosis { $0.method = .gssapi }
        #expect(other.summary.hasSuffix(": it wants GSSAPI, which was not offered."))
        // Whoever offers it knows how to go on.
        #expect(diagnosis(offered: [.none, .gssapi]) { $0.method = .gssapi }.verdict == .open)
        let wrong = diagnosis(offered: [.none, .password]) { ($0.method, $0.isLoginAccepted) = (.password, false) }
        #expect(wrong.mechanism == .permission && wrong.summary.hasSuffix(": it does not take this login."))
        #expect(wrong.evidence.contains { $0.fact == "the proxy refuses the login" })
    }

    @Test("A way that stands is open; what is no SOCKS proxy, or silent, is not")
    func others() {
        let open = diagnosis {
            ($0.method, $0.reply, $0.answeredAt) = (SOCKSMethod.none, SOCKSReply(.five, 0), .zero + .milliseconds(3))
        }
        #expect(open.verdict == .open && open.summary.contains("The SOCKS 5 proxy gives a way to db.example:5432."))
        let foreign = diagnosis { $0.foreign = "HTTP/1.1 400 Bad Request" }
        #expect(foreign.mechanism == .protocolMismatch && foreign.confidence == .likely)
        let silent = diagnosis { $0.end = .silence(.seconds(5), isAcknowledged: true) }
        #expect(silent.verdict == .interfered && silent.mechanism == .noReply && silent.confidence == .likely)
        let closed = diagnosis { ($0.received, $0.end) = (2, .closed(isAcknowledged: true)) }
        #expect(closed.mechanism == .closedByPeer && closed.lookAlikes.contains { $0.cause.contains("as ssh -D does") })
        let half = diagnosis { ($0.received, $0.end) = (2, .silence(.seconds(5), isAcknowledged: true)) }
        #expect(half.mechanism == .noReply && half.summary.contains("its negotiation"), "\(half.summary)")
    }
}
