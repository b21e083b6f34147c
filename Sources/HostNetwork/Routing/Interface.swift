public import PacketWire

/// A network interface of this machine (of this network namespace), with its addresses.
public struct Interface: Sendable, Hashable {
    /// IFF_* of include/uapi/linux/if.h.
    public struct Flags: OptionSet, Sendable, Hashable {
        public var rawValue: UInt32
        public init(rawValue: UInt32) { self.rawValue = rawValue }

        /// Switched on by the administrator.
        public static let up = Flags(rawValue: 1)
        public static let broadcast = Flags(rawValue: 2)
        public static let loopback = Flags(rawValue: 8)
        public static let pointToPoint = Flags(rawValue: 16)
        /// Able to carry packets: on, and with a cable.
        public static let running = Flags(rawValue: 64)
        public static let noARP = Flags(rawValue: 128)
    }

    public struct Address: Sendable, Hashable {
        public var address: IPAddress
        public var prefixLength: UInt8
        /// IFA_F_TENTATIVE: duplicate detection has not ended, nothing may be sent from it yet.
        public var isTentative = false
        /// IFA_F_DADFAILED: another machine has it.
        public var isDuplicate = false
        /// IFA_F_DEPRECATED: not chosen for new connections.
        public var isDeprecated = false
        /// IFA_F_TEMPORARY of IPv6: RFC 8981, it changes.
        public var isTemporary = false

        public init(_ address: IPAddress, prefixLength: UInt8) {
            self.address = address
            self.prefixLength = prefixLength
        }
    }

    public var name: String
    public var index: UInt32
    public var flags: Flags
    public var mtu: UInt32
    /// Nil where the link has no six-byte addresses: tunnels.
    public var linkAddress: MACAddress?
    public var addresses: [Address]
    /// What the kernel's driver calls itself: `tun`, `wireguard`, `vrf`, `veth`, …; nil for hardware.
    public var kind: String?
    /// The number of the bridge, bond or VRF that it belongs to.
    public var master: UInt32?

    public init(
        name: String, index: UInt32, flags: Flags, mtu: UInt32, linkAddress: MACAddress?, addresses: [Address] = []
    ) {
        self.name = name
        self.index = index
        self.flags = flags
        self.mtu = mtu
        self.linkAddress = linkAddress
        self.addresses = addresses
    }

    /// The device of that name is a bridge.
    public static func isBridge(named name: String) -> Bool {
        (try? all())?.contains { $0.name == name && $0.kind == "bridge" } ?? false
    }

    public var isLoopback: Bool { flags.contains(.loopback) }
    /// On, and with a cable.
    public var isRunning: Bool { flags.isSuperset(of: [.up, .running]) }
}
