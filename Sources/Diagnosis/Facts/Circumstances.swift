public import PacketWire

/// What surrounds a connection on this machine besides its packets: devices, namespaces, limits. Asked of the kernel
/// when a target did not answer, and nil where the kernel did not tell.
public struct Circumstances: Sendable, Hashable {
    /// The interface that the route names.
    public var link: LinkFact?
    /// Interfaces that are switched off or have no carrier; `lo` counts only when it is off, a tunnel only when it has
    /// an address: a module for tunnels leaves one behind that nobody uses.
    public var idleLinks: [LinkFact] = []
    /// Interfaces that belong to a VRF: only sockets that are bound to it see the routes by them.
    public var separateLinks: [LinkFact] = []
    /// Where the target is an IPv6 address: names of interfaces on which that family is switched off.
    public var linksWithoutIPv6: [String] = []
    public var namespace: NetworkNamespaceFact?
    public var connectionTable: ConnectionTableFact?
    public var localPorts: LocalPortsFact?
    /// The control group of this process: `/system.slice/foo.service`.
    public var controlGroup: String?
    /// Connections of this machine to the very port that did not answer, from the same address: they stand.
    public var standingConnections = 0
    /// Where the target is this machine: the addresses at which something here listens on the target's port, 0.0.0.0 and ::
    /// for all. Nil where nobody asked, or the kernel did not tell.
    public var listeners: [IPAddress]?
    /// The kernel's first SYNs ask for ECN, and those that it sends again do not (net.ipv4.tcp_ecn; RFC 3168 section 6.1.1.1).
    public var asksForECN = false
    /// The source address is deprecated (RFC 4862 section 5.5.4): not to be chosen for new connections.
    public var sourceIsDeprecated = false
    /// An IPv6 address of the route's interface that another machine has, too (RFC 4862 section 5.4.5): nothing is sent
    /// from it.
    public var duplicateAddress: IPAddress?
    /// The route calls the target a neighbour, and none of its interface's addresses is of the target's network.
    public var targetIsOffLink = false

    public init() {}
}

/// A network interface, as far as it decides whether packets leave.
public struct LinkFact: Sendable, Hashable {
    public var name: String
    /// What its driver calls itself: `tun`, `wireguard`, `vrf`, `veth`; nil for hardware.
    public var kind: String?
    /// Switched on by the administrator.
    public var isUp: Bool
    /// Has a carrier: a cable, a peer, or whatever stands for one.
    public var hasCarrier: Bool
    public var mtu: UInt32
    /// The VRF that it belongs to: its packets see that VRF's routes only.
    public var vrf: String?
    /// Of a bridge of this machine, the kind of each of its ports, nil for hardware; nil of whatever is no bridge.
    public var portKinds: [String?]?

    public init(
        name: String, kind: String? = nil, isUp: Bool = true, hasCarrier: Bool = true, mtu: UInt32 = 1_500,
        vrf: String? = nil, portKinds: [String?]? = nil
    ) {
        self.name = name
        self.kind = kind
        self.isUp = isUp
        self.hasCarrier = hasCarrier
        self.mtu = mtu
        self.vrf = vrf
        self.portKinds = portKinds
    }

    /// A bridge behind which no hardware stands: the network of containers or virtual machines on this machine (docker0,
    /// virbr0), if of anybody. A port that is a veth may lead out all the same, where this machine is itself a container.
    public var isBridgeInside: Bool { portKinds?.allSatisfy { $0 != nil } ?? false }

    /// Its far end is a program or another kernel module of this machine, which sends the packets on in its own way.
    public var isTunnel: Bool {
        switch kind {
        case "tun", "wireguard", "ipip", "sit", "gre", "gretap", "ip6gre", "ip6gretap", "erspan", "ip6erspan", "ip6tnl",
            "vti", "vti6", "xfrm", "ppp", "vxlan", "geneve", "ovpn", "ipvtap", "l2tp":
            true
        default:
            false
        }
    }

    /// Its far end is a program of this machine: whatever goes into it has not left yet.
    public var isServedByProgram: Bool { kind == "tun" || kind == "ppp" }

    /// What a person would look for: `a VPN or proxy agent`.
    public var tunnelPhrase: String {
        switch kind {
        case "tun": "a VPN or proxy agent (a tun device)"
        case "wireguard": "a WireGuard tunnel"
        case let kind: "a tunnel (\(kind ?? "unknown"))"
        }
    }
}

public struct NetworkNamespaceFact: Sendable, Hashable {
    /// `net:[4026531840]`
    public var name: String
    /// It is that of the system's first process; nil where nobody but root may look.
    public var isFirst: Bool?

    public init(name: String, isFirst: Bool?) {
        self.name = name
        self.isFirst = isFirst
    }
}

/// How full connection tracking is: net.netfilter.nf_conntrack_count and nf_conntrack_max.
public struct ConnectionTableFact: Sendable, Hashable {
    public var count: UInt64
    public var most: UInt64

    public init(count: UInt64, most: UInt64) {
        self.count = count
        self.most = most
    }

    /// New connections find no room. The table is read a little after the packet, and entries come and go.
    public var isFull: Bool { most > 0 && count >= most - min(most, most / 50) }
}

/// The local ports that the kernel may choose from, and who has them.
public struct LocalPortsFact: Sendable, Hashable {
    public var range: ClosedRange<UInt16>
    /// Ports of the range that sockets hold, towards anybody.
    public var held: Int
    /// Those of them that connections to this very destination hold.
    public var heldToDestination: Int

    public init(range: ClosedRange<UInt16>, held: Int, heldToDestination: Int) {
        self.range = range
        self.held = held
        self.heldToDestination = heldToDestination
    }

    public var size: Int { range.count }
}
