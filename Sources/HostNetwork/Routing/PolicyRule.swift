public import PacketWire

/// One rule of policy routing (`ip rule`), as the kernel lists it: who it is about, and which table it sends them to.
/// include/uapi/linux/fib_rules.h. Systems without such rules list none.
public struct PolicyRule: Sendable, Hashable {
    public struct Prefix: Sendable, Hashable {
        public var address: IPAddress
        public var length: UInt8

        public init(_ address: IPAddress, length: UInt8) {
            self.address = address
            self.length = length
        }
    }

    /// A range of ports, or the bits of a port that count: `mask` is 0 where the range does.
    public struct Ports: Sendable, Hashable {
        public var range: ClosedRange<UInt16>
        public var mask: UInt16 = 0

        public init(_ range: ClosedRange<UInt16>, mask: UInt16 = 0) {
            self.range = range
            self.mask = mask
        }
    }

    /// An interface by its name; the kernel keeps the rule when the interface goes.
    public struct Device: Sendable, Hashable {
        public var name: String
        public var isThere: Bool

        public init(_ name: String, isThere: Bool) {
            self.name = name
            self.isThere = isThere
        }
    }

    public var priority: UInt32 = 0
    /// FR_ACT_*: 1 lookup, 2 goto, 3 nop, 6 blackhole, 7 unreachable, 8 prohibit.
    public var action: UInt8 = 0
    public var table: UInt32 = 0
    /// Where a goto leads.
    public var jump: UInt32?
    /// The rule is about everybody whom its selectors do not name.
    public var isInverted = false
    public var source: Prefix?
    public var destination: Prefix?
    public var typeOfService: UInt8 = 0
    public var inputDevice: Device?
    public var outputDevice: Device?
    public var mark: UInt32 = 0
    public var markMask: UInt32 = 0
    /// It leads to the table of the VRF that the packet belongs to.
    public var isForVRF = false
    public var users: ClosedRange<UInt32>?
    public var ipProtocol: UInt8?
    public var sourcePorts: Ports?
    public var destinationPorts: Ports?
    /// Routes with a prefix of this length or a shorter one do not count.
    public var suppressedPrefixLength: UInt32?
    /// Names of attributes that select by something else, or that this version does not know.
    public var others: [String] = []

    public init() {}
}
