public import PacketWire

/// A packet that this machine's kernel dropped.
public struct DroppedPacket: Sendable, Hashable {
    /// The running kernel's own name for the reason: `NETFILTER_DROP` (include/net/dropreason-core.h).
    public var reason: String
    /// The address of the code that dropped it; the monitor knows which function that is.
    public var place: UInt64
    /// The interface that it came in by or was to leave by; 0 where the kernel had not chosen one.
    public var interfaceIndex: UInt32
    /// By `Clock.monotonicNanoseconds`.
    public var monotonicNanoseconds: Int64
    /// The packet from its IP header on, cut after its first bytes.
    public var bytes: [UInt8]

    public init(
        reason: String, place: UInt64, interfaceIndex: UInt32, monotonicNanoseconds: Int64, bytes: [UInt8]
    ) {
        self.reason = reason
        self.place = place
        self.interfaceIndex = interfaceIndex
        self.monotonicNanoseconds = monotonicNanoseconds
        self.bytes = bytes
    }

    /// The packet taken apart. The checksums of one on its way out may not have been filled in yet.
    public var packet: Packet {
        Packet.decode(bytes.span, linkType: .rawIP, originalLength: bytes.count)
    }
}

/// Why this machine's drops cannot be watched.
public struct DropMonitorUnavailable: Error, Sendable, Hashable, CustomStringConvertible {
    public var description: String
    /// Whether a privilege is all that is missing.
    public var isPermission: Bool

    public init(description: String, isPermission: Bool) {
        self.description = description
        self.isPermission = isPermission
    }
}

/// A packet that the kernel dropped while this process was sending it: which one, only the time tells.
public struct SendDrop: Sendable, Hashable {
    public var reason: String
    /// The function that dropped it, where the kernel says.
    public var place: String?
    /// By the monotonic clock, to the nearest microsecond: the kernel rounds (`ns2usecs` of kernel/trace/trace.c).
    public var monotonicMicroseconds: Int64

    public init(reason: String, place: String?, monotonicMicroseconds: Int64) {
        self.reason = reason
        self.place = place
        self.monotonicMicroseconds = monotonicMicroseconds
    }
}
