import Conversations
import Diagnosis
import PacketWire

/// Sorts the captured frames of a probe run: which attempt each belongs to, and which are nobody's.
///
/// The kernel's filter lets through whatever concerns the targets' addresses, and all ICMP and address
/// resolution; here only what belongs to this run's own attempts is kept. Everything else on the interface is
/// other people's business and is neither recorded nor reported.
struct WireWitness {
    /// Where a frame belongs.
    enum Owner: Hashable {
        case attempt(target: Int, attempt: Int)
        /// Address resolution for a next hop or a target on the link.
        case neighbor(IPAddress)
    }

    /// Both ends: the kernel gives the same local port to several connections that go to different ports of one
    /// host, and does so as soon as there are a few hundred (net/ipv4/inet_hashtables.c, __inet_check_established).
    private struct FlowKey: Hashable {
        var transport: Transport
        var local: Endpoint
        var remote: Endpoint
    }

    /// What the fragments of one packet have in common: RFC 791 section 3.2, RFC 8200 section 4.5.
    private struct FragmentKey: Hashable {
        var source: IPAddress
        var destination: IPAddress
        var identification: UInt32

        init?(_ packet: Packet) {
            guard let source = packet.source, let destination = packet.destination,
                let identification = packet.fragment?.identification
            else { return nil }
            (self.source, self.destination, self.identification) = (source, destination, identification)
        }
    }

    private struct EchoKey: Hashable {
        var remote: IPAddress
        var identifier: UInt16
        var sequence: UInt16
    }

    private var flows: [FlowKey: (target: Int, attempt: Int)] = [:]
    private var rewrites = RewrittenQuotes()
    private var strangers = StrangeAnswers()
    private var echoes: [EchoKey: (target: Int, attempt: Int)] = [:]
    private(set) var exchanges: [IPAddress: NeighborExchange] = [:]
    /// Datagrams of ours whose first fragment passed, the latest last: the others bear no port.
    private var fragmented: [(key: FragmentKey, fromInitiator: Bool)] = []
    private static let mostFragmented = 64
    /// This machine's addresses: somebody else's questions are not ours.
    var own: Set<IPAddress> = []

    /// Attempts that are one flow: the packets of a ladder.
    private var ladders: [FlowKey: (target: Int, flow: SharedFlow)] = [:]
    private var rungs: [Owner: FlowKey] = [:]
    /// How the datagrams of a ladder begin, and how long the one is that does; 0 where several begin alike. Then an
    /// answer that begins so, too, names none of them.
    private var beginnings: [FlowKey: [UInt16: Int]] = [:]

    /// This end of an attempt, as soon as the kernel has chosen it.
    ///
    /// - Parameters:
    ///   - timeToLive: of a packet that shares its flow with others; nil for an attempt of its own.
    ///   - payload: what a datagram bears.
    mutating func register(
        _ kind: Attempt.Kind, local: Endpoint, remote: IPAddress, target: Int, attempt: Int, timeToLive: Int? = nil,
        payload: [UInt8] = []
    ) {
        guard let transport = kind.transport, let port = kind.port else { return }
        let key = FlowKey(transport: transport, local: local, remote: Endpoint(remote, port))
        if let timeToLive {
            rungs[.attempt(target: target, attempt: attempt)] = key
            var ladder = ladders[key]?.flow ?? SharedFlow()
            let timeToLive = UInt8(clamping: timeToLive)
            switch transport {
            case .tcp: ladder.add(attempt, timeToLive: timeToLive)
            case .udp:
                ladder.add(attempt, timeToLive: timeToLive, payload: payload)
                note(beginning: payload, of: key)
            }
            ladders[key] = (target, ladder)
        } else {
            flows[key] = (target, attempt)
            if transport == .udp {
                strangers.note(
                    datagram: Flow(.udp, from: local, to: key.remote), target: target, attempt: attempt)
            }
        }
        if transport == .udp {
            rewrites.note(
                datagram: Flow(.udp, from: local, to: key.remote), payloadLength: payload.count, target: target,
                attempt: attempt, isRung: timeToLive != nil)
        }
    }

    private mutating func note(beginning payload: [UInt8], of key: FlowKey) {
        guard payload.count >= 2 else { return }
        let identifier = UInt16(payload[0]) << 8 | UInt16(payload[1])
        let known = beginnings[key]?[identifier]
        beginnings[key, default: [:]][identifier] = known == nil || known == payload.count ? payload.count : 0
    }

    /// What a packet shows that has just left, or come in: by what its quotes can be told, and which packet of a
    /// ladder has had its answer.
    mutating func learn(_ packet: Packet, from owner: Owner, isSent: Bool = true) {
        guard case .attempt(let target, let attempt) = owner else { return }
        if let fragment = packet.fragment, fragment.isFirst, !fragment.isAtomic, let key = FragmentKey(packet) {
            if fragmented.count >= Self.mostFragmented { fragmented.removeFirst() }
            fragmented.append((key, isSent))
        }
        if let key = rungs[owner] { ladders[key]?.flow.note(packet, of: attempt, isSent: isSent) }
        guard isSent, let flow = packet.flow, let header = packet.tcp, header.flags.contains(.syn) else { return }
        rewrites.note(opening: header.sequenceNumber, of: flow, target: target, attempt: attempt)
        strangers.note(opening: header.sequenceNumber, of: flow, target: target, attempt: attempt)
    }

    mutating func registerEcho(identifier: UInt16, sequence: UInt16, remote: IPAddress, target: Int, attempt: Int) {
        echoes[EchoKey(remote: remote, identifier: identifier, sequence: sequence)] = (target, attempt)
    }

    /// An address whose resolution matters to this run.
    mutating func watch(neighbor: IPAddress) {
        if exchanges[neighbor] == nil { exchanges[neighbor] = NeighborExchange(address: neighbor) }
    }

    /// Whose frame it is; nil for other people's.
    ///
    /// - Parameter identifier: how its payload begins, where it is a datagram.
    func owner(of packet: Packet, identifier: UInt16? = nil) -> (Owner, fromInitiator: Bool)? {
        if let flow = packet.flow {
            if let shared = sharedOwner(of: packet, flow, identifier) { return shared }
            if let found = flows[
                FlowKey(transport: flow.transport, local: flow.source, remote: flow.destination)]
            {
                return (.attempt(target: found.target, attempt: found.attempt), true)
            }
            if let found = flows[
                FlowKey(transport: flow.transport, local: flow.destination, remote: flow.source)]
            {
                return (.attempt(target: found.target, attempt: found.attempt), false)
            }
            return strangers.owner(of: packet, flow).map {
                (.attempt(target: $0.target, attempt: $0.attempt), false)
            }
        }
        switch AddressResolution(packet) {
        case .request(let address, let sender):
            return exchanges[address] == nil || !own.contains(sender) ? nil : (.neighbor(address), true)
        case .answer(let address, _):
            return exchanges[address] == nil ? nil : (.neighbor(address), false)
        case .other:
            return nil
        case nil:
            break
        }
        guard let message = packet.icmp else { return nil }
        return owner(of: message, packet)
    }

    /// Whether this end sent it, where it is a later fragment of a packet of this run's; nil for anything else. It bears
    /// no ports, and nobody hears of it but the file.
    func isSent(laterFragment packet: Packet) -> Bool? {
        guard let fragment = packet.fragment, !fragment.isFirst, let key = FragmentKey(packet) else { return nil }
        return fragmented.last { $0.key == key }?.fromInitiator
    }

    private func sharedOwner(
        of packet: Packet, _ flow: Flow, _ identifier: UInt16?
    ) -> (Owner, fromInitiator: Bool)? {
        if let ladder = ladders[FlowKey(transport: flow.transport, local: flow.source, remote: flow.destination)],
            let attempt = ladder.flow.sender(of: packet)
        {
            return (.attempt(target: ladder.target, attempt: attempt), true)
        }
        let key = FlowKey(transport: flow.transport, local: flow.destination, remote: flow.source)
        let isShared = identifier.flatMap { beginnings[key]?[$0] } == 0
        if let ladder = ladders[key],
            let attempt = ladder.flow.attempt(answeredBy: packet, identifier: isShared ? nil : identifier)
        {
            return (.attempt(target: ladder.target, attempt: attempt), false)
        }
        return nil
    }

    private func owner(of message: ICMPMessage, _ packet: Packet) -> (Owner, fromInitiator: Bool)? {
        if message.isError {
            guard let quoted = message.quoted else { return nil }
            if let flow = quoted.flow,
                let ladder = ladders[
                    FlowKey(transport: flow.transport, local: flow.source, remote: flow.destination)],
                let attempt = ladder.flow.attempt(quotedBy: quoted)
            {
                return (.attempt(target: ladder.target, attempt: attempt), false)
            }
            if let flow = quoted.flow,
                let found = flows[
                    FlowKey(transport: flow.transport, local: flow.source, remote: flow.destination)]
            {
                return (.attempt(target: found.target, attempt: found.attempt), false)
            }
            if let found = rewrites.owner(of: quoted, comingTo: packet.destination) {
                return (.attempt(target: found.target, attempt: found.attempt), false)
            }
            return echo(
                quoted.echoIdentifier, quoted.echoSequence, remote: quoted.destination, fromInitiator: false)
        }
        guard let remote = message.isEchoRequest ? packet.destination : packet.source else { return nil }
        return echo(
            message.echoIdentifier, message.echoSequence, remote: remote, fromInitiator: message.isEchoRequest)
    }

    private func echo(
        _ identifier: UInt16?, _ sequence: UInt16?, remote: IPAddress, fromInitiator: Bool
    ) -> (Owner, fromInitiator: Bool)? {
        guard let identifier, let sequence else { return nil }
        let key = EchoKey(remote: remote, identifier: identifier, sequence: sequence)
        return echoes[key].map { (.attempt(target: $0.target, attempt: $0.attempt), fromInitiator) }
    }

    /// Notes a frame of address resolution.
    ///
    /// - Parameter isForAnother: it came for another link address than this machine's.
    mutating func note(_ packet: Packet, frame: Int, isForAnother: Bool = false) {
        switch AddressResolution(packet) {
        case .request(let address, _):
            guard let count = exchanges[address]?.requests.count, count < 64 else { return }
            exchanges[address]?.requests.append(frame)
        case .answer(let address, _) where isForAnother:
            exchanges[address]?.misaddressed += 1
        case .answer(let address, let linkAddress):
            guard let count = exchanges[address]?.answers.count, count < 64 else { return }
            exchanges[address]?.answers.append(.init(frame: frame, linkAddress: linkAddress))
        case .other, nil:
            break
        }
    }
}
