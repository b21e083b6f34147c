public import PacketWire

/// One entry of a socket's error queue (ip(7), IP_RECVERR; struct sock_extended_err). Only Linux has one.
public struct ErrorQueueEntry: Sendable, Hashable {
    public var errno: Int32
    /// The family of the ICMP message; nil for errors of this machine's own making.
    public var icmpFamily: IPFamily?
    public var type: UInt8
    public var code: UInt8
    /// Who sent the ICMP message.
    public var sender: IPAddress?
    /// The MTU that "too big" reports.
    public var info: UInt32
    /// TTL with which the ICMP message arrived.
    public var timeToLive: UInt8?
}
