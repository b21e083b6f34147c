public import Conversations
public import FilterRules
public import PacketWire

/// What this machine's own kernel said about the run's packets, read only: Linux.
public struct KernelFacts: Sendable, Hashable {
    /// Dropped packets were watched from before the first one until the verdict: then their absence says something.
    /// The drops themselves stand with the attempts that they belong to.
    public var watchesDrops = false
    /// Counters that changed while the target was probed, other people's packets included.
    public var counters: [CounterChange] = []
    /// Other targets of the run had the same family: what rose may be theirs.
    public var sharesCounters = false
    /// Rules of this machine's packet filter that stop this flow, surest first.
    public var rules: [LocalRule] = []
    /// The packet filter could be read: then it is known that no other rule of it stops this flow.
    public var readsRules = false
    /// There are source ports from which none of these would stop the same flow.
    public var rulesHangOnSourcePort = false
    /// A rule here writes over this flow's source, or may: its packets then leave under another address or port, and
    /// nobody at the tap knows them for its own.
    public var translatesSource = false
    /// That rule.
    public var sourceTranslator: LocalRule?
    /// A rule here leads this flow to another destination, or may.
    public var translatesDestination = false
    /// That rule.
    public var destinationTranslator: LocalRule?
    /// Where the flow would go with a mark that rules of policy routing look for; asked where its packet never left.
    public var markedRoutes: [MarkedRoute] = []
    /// What else surrounds the connection on this machine.
    public var circumstances = Circumstances()

    public init() {}
}

/// One of our packets that this machine's kernel dropped: the tracepoint `skb:kfree_skb`.
public struct KernelDrop: Sendable, Hashable {
    /// The running kernel's own name for the reason: `NETFILTER_DROP` (include/net/dropreason-core.h).
    public var reason: String
    /// The kernel function that dropped it, where its symbols may be read.
    public var place: String?
    /// The interface that it came in by or was to leave by, where the kernel had chosen one.
    public var interface: String?
    /// Whether it is a packet of ours on its way out, or an answer on its way in.
    public var isOutgoing: Bool
    /// Nil where it is not TCP.
    public var flags: TCPFlags?
    /// An ICMP error about our packet, or an echo.
    public var isICMP: Bool
    public var at: Instant

    public init(
        reason: String, place: String?, interface: String? = nil, isOutgoing: Bool, flags: TCPFlags?,
        isICMP: Bool = false, at: Instant
    ) {
        self.reason = reason
        self.place = place
        self.interface = interface
        self.isOutgoing = isOutgoing
        self.flags = flags
        self.isICMP = isICMP
        self.at = at
    }
}

/// A counter of the kernel that changed while a target was probed.
public struct CounterChange: Sendable, Hashable {
    /// As the kernel names it, with its group: `TcpExt.TCPTimeouts`, `Ip6.Ip6InNoRoutes`, `eth0.tx_dropped`.
    public var name: String
    /// How much it rose.
    public var rise: UInt64

    public init(name: String, rise: UInt64) {
        self.name = name
        self.rise = rise
    }

    /// It rose at least as often as so many packets were lost, and not much oftener: the counters are everybody's, and
    /// then other people's traffic does not explain it.
    func fits(_ packets: UInt64) -> Bool { rise >= packets && rise / 4 <= packets }
}

/// A route for packets with a mark, which a rule of the packet filter puts on them after the socket has its own route.
public struct MarkedRoute: Sendable, Hashable {
    public var mark: UInt32
    public var route: RouteFact
    /// The kernel's entry for its next hop, where that is another than the unmarked flow's.
    public var neighbor: NeighborFact?

    public init(mark: UInt32, route: RouteFact, neighbor: NeighborFact? = nil) {
        (self.mark, self.route, self.neighbor) = (mark, route, neighbor)
    }

    /// Nothing that takes it gets anywhere.
    /// - Parameter aNeighborHasFailed: the kernel gave up on some neighbour, whose entry may have been taken out since.
    func isDead(aNeighborHasFailed: Bool) -> Bool {
        route.error != nil || neighbor?.isUnresolved == true || aNeighborHasFailed && neighbor?.state == .absent
    }

    /// `a blackhole route`, `192.0.2.70, which does not answer`: where it ends.
    var deadEnd: String {
        if let neighbor, route.error == nil { return "to \(neighbor.address), which does not answer on its link" }
        return switch route.kind {
        case .blackhole, .prohibit, .unreachable: "into a route of type \(route.kind.rawValue)"
        default: "where no route leads on"
        }
    }
}
