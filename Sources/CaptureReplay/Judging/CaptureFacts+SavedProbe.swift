import Conversations
import Diagnosis
import PacketWire

/// What the file of a probe says beyond the packets of one target, because it is known where it was taken, and for what.
extension CaptureFacts {
    /// Frames of a capture whose link header says that they are not what their packets look like.
    public struct Oddities: Sendable {
        /// They passed a loopback interface, and not to a loopback address. Of TCP only SYNs are among these.
        var loopback: Set<Int> = []
        /// They came in for another link address than the capturing machine's.
        var misaddressed: [Int: EthernetHeader] = [:]
        /// They have no link header.
        var bare: Set<Int> = []
        /// SYN-ACKs for another link address than that from which the SYN came, on its own link.
        var strayed: [Int: EthernetHeader] = [:]
        /// They came in for another machine, as a cooked header says, which names no link address.
        var toAnother: Set<Int> = []
        /// What the machine that captured passed on, where it forwards.
        var crossings = Crossings()

        /// Addresses whose answers come from more than one link address, and from no router.
        var holders: [IPAddress: [MACAddress]] = [:]
        /// Who was served, and when.
        var servers = AnsweringServers()

        public init() {}
    }

    /// The connection that was asked for comes first, however short a life its packets have. The first packet of a ladder
    /// has the shortest.
    func isFirstOfProbe(_ position: Int, _ siblings: [Int]) -> Bool {
        guard let flow = table.subject(at: position).flow, table.outline(at: position).initiatorTimeToLive ?? 0 > 1
        else {
            return false
        }
        return siblings.first { sibling in
            let other = table.subject(at: sibling).flow
            return other?.transport == flow.transport && other?.destination == flow.destination
        } == position
    }

    func noteProbe(_ facts: inout Facts) {
        guard let primary = facts.attempts.first else { return }
        for index in facts.attempts.indices { noteMisaddressed(&facts.attempts[index], oddities.misaddressed) }
        facts.mayEnterProgram = primary.packets.contains { $0.fromInitiator && oddities.bare.contains($0.frame) }
        if facts.target.input.hasPrefix("dns://") { facts.idle = nil }
    }

    /// What is no address of this machine's has no business on its loopback: what passes there has not left, and live it is
    /// not told to the attempt either. No file says which addresses are its own: that this one is not, something else shows
    /// that it answered on a link.
    func noteLoopback(_ facts: inout Facts) {
        guard !oddities.loopback.isEmpty, let primary = facts.attempts.first, let remote = primary.remote,
            facts.attempts.contains(where: { attempt in
                attempt.packets.contains { packet in
                    // Of TCP only SYNs were looked at.
                    packet.source == remote && packet.tcp?.flags.contains(.syn) ?? true
                        && !oddities.loopback.contains(packet.frame)
                }
            })
        else { return }
        let passed = primary.packets.filter { !($0.fromInitiator && oddities.loopback.contains($0.frame)) }
        facts.attempts[0].loopedBack = primary.packets.count - passed.count
        facts.attempts[0].packets = passed
    }

    /// It is like no other then.
    func isLooped(_ position: Int) -> Bool {
        table.conversation(at: position).packets.contains { oddities.loopback.contains($0.frame) }
    }

    /// In anybody's capture: SYN-ACKs that went past their client, which asks on as if none had come. One that takes them
    /// has several link addresses.
    func noteStrayed(_ facts: inout Facts) {
        guard !oddities.strayed.isEmpty, let primary = facts.attempts.first else { return }
        let handshake = TCPHandshake(primary.packets)
        guard primary.isAnswerIgnored(handshake), handshake.synAcks.allSatisfy({ oddities.strayed[$0.frame] != nil })
        else { return }
        noteMisaddressed(&facts.attempts[0], oddities.strayed)
    }

    /// It is not what others look like that are opened in the same way.
    @inline(__always)
    func isStrayed(_ position: Int) -> Bool {
        !oddities.strayed.isEmpty
            && table.conversation(at: position).packets.contains { oddities.strayed[$0.frame] != nil }
    }

    /// Answers that no protocol of the machine that asked took.
    private func noteMisaddressed(_ attempt: inout Attempt, _ links: [Int: EthernetHeader]) {
        guard !links.isEmpty else { return }
        let strays = attempt.packets.filter { !$0.fromInitiator && links[$0.frame] != nil }
        guard !strays.isEmpty else { return }
        attempt.packets.removeAll { !$0.fromInitiator && links[$0.frame] != nil }
        attempt.misaddressed = strays.compactMap { packet in
            links[packet.frame].map { link in
                MisaddressedAnswer(
                    frame: packet.frame, linkDestination: link.destination, linkSource: link.source,
                    flags: packet.tcp?.flags, isICMP: packet.icmpError != nil)
            }
        }
    }

    /// A name that leads where nobody is, or here: what it led to is in the file's comment, and packets say nothing of it.
    static func noteResolution(_ facts: inout Facts) {
        guard let address = facts.target.address, IPAddress(facts.target.host) == nil,
            address.isUnspecified || address.isLoopback && !facts.target.host.isLocalhost
        else { return }
        facts.resolution = ResolutionFact(outcome: .addresses([address]), systemCode: nil, elapsed: .zero)
    }

    /// The kernel itself says that its neighbour is not there, and the file has the neighbour's answers.
    func noteUntakenNeighbor(_ facts: inout Facts) {
        guard facts.neighborExchange == nil, let primary = facts.attempts.first, let own = primary.local?.address,
            !primary.packets.contains(where: \.fromInitiator),
            primary.packets.contains(where: { $0.source == own && $0.icmpError?.refusalMeaning == .hostUnreachable })
        else { return }
        let ignored = table.neighbors.values.filter { exchange in
            exchange.address.family == own.family && exchange.requests.count > 1 && exchange.answers.count > 1
        }
        guard var exchange = ignored.min(by: { $0.address < $1.address }) else { return }
        let count = exchange.answers.count
        exchange.answers.removeAll {
            oddities.misaddressed[$0.frame] != nil || oddities.toAnother.contains($0.frame)
        }
        exchange.misaddressed = count - exchange.answers.count
        facts.neighborExchange = exchange
        facts.neighbor = NeighborFact(address: exchange.address, state: .failed)
    }
}
