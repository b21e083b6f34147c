public import Conversations
public import Diagnosis
public import PacketWire

/// One packet on a simulated path: what a rule there may look at.
public struct SimulatedPacket: Sendable, Hashable {
    public var kind: Attempt.Kind
    /// Nil is the system's own.
    public var timeToLive: Int?
    public var source: IPAddress
    public var sourcePort: UInt16
    public var variant: SYNVariant?
    /// How many packets left before it: chance is drawn from this, so that it is the same in every run.
    public var number: Int
    /// How many packets of its kind got through in the last second.
    public var recent: Int

    public init(
        _ kind: Attempt.Kind, timeToLive: Int? = nil, source: IPAddress, sourcePort: UInt16 = 40_000,
        variant: SYNVariant? = nil, number: Int = 0, recent: Int = 0
    ) {
        self.kind = kind
        self.timeToLive = timeToLive
        self.source = source
        self.sourcePort = sourcePort
        self.variant = variant
        self.number = number
        self.recent = recent
    }
}

extension SimulatedPath {
    /// Which packets a rule concerns beyond their kind.
    public enum Condition: Sendable, Hashable {
        case always
        /// This share of them, in percent, by chance.
        case chance(percent: UInt64, seed: UInt64)
        /// Source ports that leave such a remainder: one of several equal paths.
        case sourcePort(modulo: UInt16, below: UInt16)
        case sourcePortAbove(UInt16)
        case source(IPAddress)
        /// More than so many in the last second.
        case overRate(Int)
        /// The SYN carries what only these variants leave out.
        case unlessVariant(Set<SYNVariant>)
        case after(Instant)
        case before(Instant)

        func holds(for packet: SimulatedPacket, at now: Instant) -> Bool {
            switch self {
            case .always: return true
            case .chance(let percent, let seed):
                var generator = SeededGenerator(seed: seed &+ UInt64(packet.number) &* 7_919)
                return generator.next() % 100 < percent
            case .sourcePort(let modulo, let below): return packet.sourcePort / 2 % modulo < below
            case .sourcePortAbove(let port): return packet.sourcePort > port
            case .source(let address): return packet.source == address
            case .overRate(let count): return packet.recent >= count
            case .unlessVariant(let variants): return !(packet.variant.map(variants.contains) ?? false)
            case .after(let moment): return now >= moment
            case .before(let moment): return now < moment
            }
        }
    }
}
