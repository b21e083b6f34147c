import Conversations
import PacketWire
import Testing

@testable import Diagnosis

/// A target on this machine's own link has no router before it: nobody is sent to one, and its ARP shows that it is up.
@Suite("Silence of a target on the own link")
struct FoundOnLinkTests {
    /// How address resolution of the target went.
    private enum Resolution: CaseIterable {
        case reachable
        case answeredAtTap
        case stale
        case unknown
    }

    /// A silent attempt whose route has no gateway.
    private static func silent(_ resolution: Resolution, isControlOpen: Bool) -> HandmadeFacts {
        var made = HandmadeFacts.silent()
        made.facts.route = RouteFact(kind: .unicast, source: HandmadeFacts.local, gateway: nil, interface: "eth0")
        made.facts.route?.table = 254
        switch resolution {
        case .reachable, .stale:
            made.facts.neighbor = NeighborFact(
                address: HandmadeFacts.host, state: resolution == .reachable ? .reachable : .stale)
        case .answeredAtTap:
            var exchange = NeighborExchange(address: HandmadeFacts.host)
            exchange.requests = [1]
            exchange.answers = [.init(frame: 2, linkAddress: nil)]
            made.facts.neighborExchange = exchange
        case .unknown: break
        }
        for timeToLive in 1...5 { made.add(.rung(timeToLive: timeToLive), at: 500) }
        if isControlOpen {
            made.add(.control, to: HandmadeFacts.web, at: 350, .synAck(64))
            made.add(.controlRung(timeToLive: 1), to: HandmadeFacts.web, at: 505, .synAck(64))
        }
        return made
    }

    private static func texts(_ diagnosis: TargetDiagnosis) -> String {
        ([diagnosis.summary] + diagnosis.advice + diagnosis.lookAlikes.map(\.whyNotExcluded)
            + diagnosis.lookAlikes.map(\.cause)).joined(separator: "\n")
    }

    @Test("No text names a router, and the zones stay", arguments: [true, false])
    func noRouter(isControlOpen: Bool) {
        for resolution in [Resolution.reachable, .answeredAtTap] {
            let diagnosis = Self.silent(resolution, isControlOpen: isControlOpen).facts.diagnose()
            let texts = Self.texts(diagnosis)
            #expect(!texts.contains("router") && !texts.contains("somewhere"), "\(texts)")
            #expect(!texts.contains("the host is down") && !texts.contains("whether the host is up"), "\(texts)")
            #expect(texts.contains("what joins the link"), "\(texts)")
            #expect(diagnosis.zones == [.path, .destination, .returnPath], "\(diagnosis.zones)")
            #expect(texts.contains("ARP for it is answered") != isControlOpen, "\(texts)")
        }
    }

    @Test("Where nothing shows that it is there, it may be down", arguments: [Resolution.stale, .unknown])
    private func mayBeDown(_ resolution: Resolution) {
        let texts = Self.texts(Self.silent(resolution, isControlOpen: false).facts.diagnose())
        #expect(texts.contains("the host is down") && texts.contains("whether the host is up"), "\(texts)")
    }

    @Test("Who answers ARP for a host behind it does not bring that onto the link", arguments: [true, false])
    func proxied(isByLadder: Bool) {
        var made = Self.silent(.reachable, isControlOpen: false)
        #expect(Observations(made.facts).isFoundOnLink)
        if isByLadder {
            made.add(.control, to: HandmadeFacts.web, at: 350, .synAck(64))
            made.add(.controlRung(timeToLive: 1), to: HandmadeFacts.web, at: 505)
            made.add(.controlRung(timeToLive: 2), to: HandmadeFacts.web, at: 505, .synAck(64))
        } else {
            made.add(.control, to: HandmadeFacts.web, at: 350, .synAck(63))
        }
        #expect(!Observations(made.facts).isFoundOnLink)
    }

    @Test("Behind a gateway its answer is none of the host's")
    func behindGateway() {
        var made = Self.silent(.reachable, isControlOpen: false)
        made.facts.route?.gateway = HandmadeFacts.routers[0]
        #expect(!Observations(made.facts).isFoundOnLink)
        #expect(Self.texts(made.facts.diagnose()).contains("the host is down"))
    }
}
