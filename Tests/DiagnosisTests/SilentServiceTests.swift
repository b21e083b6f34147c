import CaptureReplay
import Conversations
import Diagnosis
import PacketWire
import StallpointTestKit
import Testing

/// What is said of a UDP port that says nothing, or something: it depends on who was asked what.
struct SilentServiceTests {
    private func diagnose(
        _ service: String?, _ reply: ServiceReply? = nil, elsewhere: SocketOutcome.AnswerFromElsewhere? = nil,
        port: UInt16 = 4_000
    ) throws -> TargetDiagnosis {
        var script = PacketScript()
        for _ in 0..<(reply == nil ? 3 : 1) { script.sendDatagram(to: port, payload: [1, 2, 3]) }
        if reply != nil { script.answerDatagram(from: port) }
        var facts = try #require(script.table.facts(observedUntil: .zero + .seconds(5)).first)
        facts.isOffline = false
        facts.witnesses = [.socket, .wire]
        facts.service = try service.map { try #require(UDPService.named($0)) }
        var socket = SocketOutcome(
            state: reply == nil ? .pending : .connected, at: reply == nil ? nil : .zero + .seconds(3))
        socket.serviceReply = reply
        socket.answerFromElsewhere = elsewhere
        facts.attempts[0].socket = socket
        return facts.diagnose()
    }

    @Test("An answer from another address is none to the program, and more than silence", arguments: [false, true])
    func elsewhere(_ isCertain: Bool) throws {
        let sender = try #require(IPAddress("203.0.113.99"))
        let diagnosis = try diagnose(isCertain ? "dns" : nil, elsewhere: .init(sender: sender, isCertain: isCertain))
        #expect(diagnosis.verdict == .blocked && diagnosis.mechanism == .alteredInTransit && diagnosis.actor == sender)
        #expect(diagnosis.zones == [.destination, .path, .returnPath])
        #expect(diagnosis.confidence == (isCertain ? .strong : .likely))
        #expect(
            diagnosis.summary.contains("203.0.113.99") && !diagnosis.lookAlikes.contains { $0.cause.contains("silent") }
        )
    }

    @Test("Nothing known: silence is silence")
    func unknown() throws {
        let diagnosis = try diagnose(nil)
        #expect(diagnosis.verdict == .undetermined && diagnosis.confidence == .weak)
        #expect(
            diagnosis.summary
                == "3 datagrams sent and nothing came back: the port may be open and silent, or filtered.")
    }

    @Test(
        "A collector takes what is sent and says nothing, whatever port its sender has",
        arguments: [(514, "Syslog (RFC 5426)"), (6_343, "sFlow"), (8_125, "StatsD")] as [(UInt16, String)])
    func oneWay(_ port: UInt16, _ name: String) throws {
        let diagnosis = try diagnose(nil, port: port)
        #expect(diagnosis.verdict == .undetermined && diagnosis.confidence == .weak)
        #expect(diagnosis.summary.contains(name) && diagnosis.summary.contains("never answers"))
        #expect(diagnosis.advice.first?.contains("collector") ?? false)
        // Asked something that a service answers, its silence is that service's.
        #expect(try !diagnose("dns", port: port).summary.contains(name))
    }

    @Test(
        "Who answers everybody, whom it knows, or nobody",
        arguments: [
            ("dns", "A DNS server answers or refuses everybody, unless it is set up to ignore some."),
            ("ntp", "An NTP server answers everybody, unless it is set up to ignore some."),
            ("stun", "A STUN server answers everybody, unless it is set up to ignore some."),
            (
                "radius",
                "A RADIUS server answers only clients that it knows, with the right secret, and is silent to all others."
            ),
            (
                "snmpv2c",
                "An SNMP agent answers only who names a community that it knows, and this question names 'public'."
            ),
            ("wireguard", "WireGuard is silent by design: it answers nobody whose key it does not know."),
        ])
    func known(_ service: String, _ meaning: String) throws {
        let diagnosis = try diagnose(service)
        #expect(diagnosis.verdict == .undetermined && diagnosis.mechanism == .noReply)
        // Knowing whom it answers proves nothing about this port.
        #expect(diagnosis.confidence == .weak)
        #expect(
            diagnosis.summary
                == "3 datagrams sent and nothing came back: the port may be open and silent, or filtered. \(meaning)")
        #expect(diagnosis.advice.first == UDPService.named(service)?.silence.advice)
    }

    @Test("An answer that was checked, and one that was not the service's")
    func answered() throws {
        let good = try diagnose("ntp", .answered("version 4, stratum 2"))
        #expect(good.verdict == .open)
        #expect(good.summary.hasPrefix("NTP answered after ") && good.summary.hasSuffix(" ms: version 4, stratum 2."))
        #expect(good.evidence.contains { $0.witness == .socket && $0.fact == "NTP answer: version 4, stratum 2" })
        let quiet = try diagnose("stun", .answered(""))
        #expect(quiet.evidence.contains { $0.fact == "STUN answer" })
        let bad = try diagnose("ntp", .foreign(.cut(count: 3, needed: 48)))
        #expect(bad.verdict == .interfered && bad.mechanism == .protocolMismatch && bad.zones == [.destination, .path])
        #expect(bad.summary.contains("and it is no answer of NTP: 3 bytes where at least 48 are needed."))
        #expect(
            bad.evidence.contains {
                $0.fact == "no NTP answer: 3 bytes where at least 48 are needed"
                    && $0.detail == "something sends from the port all the same"
            })
        // TFTP's answers bear nothing of the question, and that is not claimed.
        let unbound = try diagnose("tftp", .answered("error 1"))
        #expect(unbound.evidence.contains { $0.detail == "by its shape: it brings back nothing of the question" })
    }
}
