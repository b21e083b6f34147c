import Conversations
import PacketWire
import Testing

@testable import Diagnosis

/// What a program that serves the way out of this machine may swallow behind the handshake.
struct ServingProgramTests {
    private static func facts(link: String?) -> Facts {
        var facts = Facts(
            target: Target(
                input: "x", host: "x", address: IPAddress("203.0.113.1"), port: 443, transport: .tcp),
            witnesses: [.socket, .wire])
        if let link { facts.kernel.circumstances.link = LinkFact(name: "vpn0", kind: link) }
        return facts
    }

    private static func stalled(
        _ mechanism: Mechanism, _ zones: [Zone], at stage: Stage = .tls, after hop: Hop? = nil
    ) -> TargetDiagnosis {
        TargetDiagnosis(
            target: facts(link: nil).target, verdict: .interfered, stage: stage, mechanism: mechanism, zones: zones,
            afterHop: hop, confidence: .strong, summary: "it vanished")
    }

    @Test("A black hole before the first hop may be the program's", arguments: ["tun", "ppp"])
    func program(kind: String) {
        let there = Self.stalled(.mtuBlackHole, [.path]).withServingProgram(of: Self.facts(link: kind))
        #expect(there.zones == [.path, .localEgress] && there.lookAlikes.contains { $0.cause.contains("vpn0") })
        let back = Self.stalled(.noReply, [.destination, .path, .returnPath])
        #expect(back.withServingProgram(of: Self.facts(link: kind)).zones.last == .localIngress)
    }

    @Test("No program, a router behind it that had it, an open refusal, and a handshake's own causes are left alone")
    func others() {
        let (here, there) = (Self.stalled(.silentDrop, [.path]), Self.facts(link: "tun"))
        for link in [nil, "veth", "wireguard"] {
            #expect(here.withServingProgram(of: Self.facts(link: link)) == here)
        }
        let alone = [
            Self.stalled(.silentDrop, [.path], after: Hop(ttl: 1, address: nil)),
            Self.stalled(.silentDrop, [.path], at: .handshake), Self.stalled(.tcpReset, [.path]),
            Self.stalled(.noReply, [.destination, .path]), Self.stalled(.mtuBlackHole, [.path, .localEgress]),
        ]
        for diagnosis in alone { #expect(diagnosis.withServingProgram(of: there) == diagnosis) }
    }

    @Test("In a probe's own file, where no device is known, its missing link header tells")
    func saved() {
        var facts = Self.facts(link: nil)
        facts.mayEnterProgram = true
        #expect(Self.stalled(.mtuBlackHole, [.path]).withServingProgram(of: facts).zones == [.path, .localEgress])
    }

    @Test("Where something is swallowed behind the handshake, the device is worth a look")
    func swallowed() {
        let facts = Self.facts(link: nil)
        #expect(!facts.isSwallowedBehindHandshake)
        var silent = facts
        silent.application = ApplicationFacts()
        silent.application?.http = HTTPFact(method: "GET", path: "/", host: "x", sentAt: .zero)
        #expect(!silent.isSwallowedBehindHandshake)
        silent.application?.http?.end = .silence(.seconds(3), isAcknowledged: false)
        #expect(silent.isSwallowedBehindHandshake)
        silent.application?.http?.end = .closed()
        #expect(!silent.isSwallowedBehindHandshake)
    }
}
