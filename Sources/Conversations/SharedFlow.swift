public import PacketWire

/// The packets of one ladder as one flow on the wire: same addresses and ports, so that no load balancing sends them
/// over different paths. Each has a name of its own (`PacketName`), by which errors about it are known.
public struct SharedFlow: Sendable {
    private struct Rung {
        var attempt: Int
        var timeToLive: UInt8
        /// Nil until a SYN has passed the tap.
        var name: PacketName?
        /// How the payload of a datagram begins.
        var identifier: UInt16?
        var hasLeft = false
        /// A router said that the TTL ran out.
        var hasRunOut = false
        /// Anything else came of it.
        var hasEnded = false
    }

    /// TTLs up to this are a ladder's; every system starts higher.
    public static let longestRung: UInt8 = 30
    /// No ladder of a file has more; whoever sends more of them does something else.
    private static let mostRungs = 1_024

    private var rungs: [Rung] = []

    public init() {}

    /// A SYN that is to leave; its name is seen as it does.
    public mutating func add(_ attempt: Int, timeToLive: UInt8) {
        rungs.append(Rung(attempt: attempt, timeToLive: timeToLive))
    }

    /// A datagram that is to leave, with a name that the others do not have at the same time.
    public mutating func add(_ attempt: Int, timeToLive: UInt8, payload: [UInt8]) {
        let identifier = payload.count < 2 ? nil : UInt16(payload[0]) << 8 | UInt16(payload[1])
        add(attempt, timeToLive: timeToLive, payloadLength: payload.count, identifier: identifier)
    }

    mutating func add(_ attempt: Int, timeToLive: UInt8, payloadLength: Int, identifier: UInt16?) {
        rungs.append(
            Rung(
                attempt: attempt, timeToLive: timeToLive, name: PacketName(payloadLength: payloadLength),
                identifier: identifier))
    }

    /// Whose packet of ours this is: by name, else the first of its TTL that has not been seen to leave; a reset for
    /// an answer that nobody waits for any more, by the number that it continues.
    public func sender(of packet: Packet) -> Int? {
        guard let name = PacketName(packet) else {
            return packet.tcp.flatMap { attempt(named: .sequence($0.sequenceNumber &- 1)) }
        }
        return attempt(named: name)
            ?? rungs.first { $0.name == nil && $0.timeToLive == packet.timeToLive }?.attempt
    }

    /// The latest of that name: lengths are few, and are used again when nobody waits for the earlier ones.
    public func attempt(named name: PacketName) -> Int? { rungs.last { $0.name == name }?.attempt }

    /// Whose packet an error quotes.
    public func attempt(quotedBy quoted: QuotedPacket) -> Int? {
        PacketName(quoted).flatMap { attempt(named: $0) }
    }

    /// Whose packet the far end answers: TCP says so with the acknowledgement number, which is the SYN's plus one.
    ///
    /// - Parameter identifier: how the payload begins, where it is a datagram.
    public func attempt(answeredBy packet: Packet, identifier: UInt16? = nil) -> Int? {
        if let header = packet.tcp {
            guard header.flags.contains(.ack) else { return nil }
            return attempt(named: .sequence(header.acknowledgementNumber &- 1))
        }
        if let identifier, let rung = rungs.last(where: { $0.hasLeft && $0.identifier == identifier }) {
            return rung.attempt
        }
        return presumed(arriving: packet.timeToLive)
    }

    /// A datagram that does not say what it answers. Of those that wait for an answer, none that a router can have
    /// stopped: the ladder ends at the nearest of the others. Where routers keep silent that would be too near, and
    /// the end would look like somebody's who answers in the host's name; so the TTL that the datagram arrives with
    /// counts as well, as far as a path can be that was asked for.
    private func presumed(arriving timeToLive: UInt8?) -> Int? {
        let past = rungs.filter(\.hasRunOut).map(\.timeToLive).max() ?? 0
        let waiting = rungs.filter { $0.hasLeft && !$0.hasRunOut && !$0.hasEnded && $0.timeToLive > past }
            .sorted { $0.timeToLive < $1.timeToLive }
        let distance = (timeToLive?.routersPassed ?? 0) + 1
        let rung = waiting.first { Int($0.timeToLive) >= distance } ?? waiting.first
        // A second answer to the same datagram changes nothing.
        return (rung ?? rungs.last(where: \.hasEnded))?.attempt
    }

    /// A packet of the flow that passed the tap, or what came back for it.
    public mutating func note(_ packet: Packet, of attempt: Int, isSent: Bool) {
        guard let index = rungs.lastIndex(where: { $0.attempt == attempt }) else { return }
        if isSent {
            rungs[index].hasLeft = true
            if rungs[index].name == nil { rungs[index].name = PacketName(packet) }
        } else if packet.icmp?.error?.meaning == .timeToLiveExceeded {
            rungs[index].hasRunOut = true
        } else {
            rungs[index].hasEnded = true
        }
    }
}

extension SharedFlow {
    /// The datagrams of a file: a flow whose packets leave with a TTL that is no system's own. Nil for any other.
    init?(_ datagram: SeenPacket, attempt: Int, identifier: UInt16?) {
        guard datagram.timeToLive <= Self.longestRung, case .udp(let payloadLength) = datagram.kind else { return nil }
        self.init()
        add(attempt, timeToLive: datagram.timeToLive, payloadLength: payloadLength, identifier: identifier)
    }

    /// Whether this is the next packet of a ladder, and not one more of the same: another TTL, or, where there has
    /// been another, another length.
    func isNext(_ packet: Packet) -> Bool {
        guard rungs.count < Self.mostRungs, let timeToLive = packet.timeToLive, let name = PacketName(packet) else {
            return false
        }
        if rungs.contains(where: { $0.name == name && $0.timeToLive == timeToLive }) { return false }
        return rungs.count > 1 || rungs.first?.timeToLive != timeToLive
    }

    /// Whose repeated packet it is, in a file.
    func repeated(_ packet: Packet) -> Int? {
        rungs.last { $0.name == PacketName(packet) && $0.timeToLive == packet.timeToLive }?.attempt
    }
}
