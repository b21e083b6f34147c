public import PacketWire

/// A packet for an attempt's own address and port in a frame for another link address than this machine's: a switch that
/// floods it, or a virtual network, brings it here all the same.
public struct MisaddressedAnswer: Sendable, Hashable {
    public var frame: Int
    public var linkDestination: MACAddress
    public var linkSource: MACAddress
    /// Nil where it is not TCP.
    public var flags: TCPFlags?
    /// An ICMP error about our packet.
    public var isICMP: Bool

    public init(
        frame: Int, linkDestination: MACAddress, linkSource: MACAddress, flags: TCPFlags?, isICMP: Bool = false
    ) {
        self.frame = frame
        self.linkDestination = linkDestination
        self.linkSource = linkSource
        self.flags = flags
        self.isICMP = isICMP
    }

    /// `SYN-ACK`, `reset`, `datagram`: what it is.
    var packetName: String {
        if isICMP { return "ICMP error" }
        guard let flags else { return "answer" }
        if flags.contains(.rst) { return "reset" }
        return flags.contains([.syn, .ack]) ? "SYN-ACK" : "segment"
    }
}
