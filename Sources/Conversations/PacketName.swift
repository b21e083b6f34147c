public import PacketWire

/// What tells the packets of one flow apart, and is in every ICMP error about one of them: RFC 792 asks for no more
/// than eight bytes behind the IP header, address translators change the ports among these, and what offload fills
/// in behind the tap is not known there.
public enum PacketName: Sendable, Hashable {
    /// The initial sequence number of a connection: the kernel's choice, made from the time as well as from the
    /// ports (net/core/secure_seq.c, seq_scale).
    case sequence(UInt32)
    /// How long a datagram is, header included, as the header says: the sender's choice. The checksum beside it
    /// would do as well, were it not for offload and for translators.
    case length(UInt16)

    /// Of a SYN, or a datagram; nil for any other packet.
    public init?(_ packet: Packet) {
        if let header = packet.tcp {
            guard header.flags.contains(.syn) else { return nil }
            self = .sequence(header.sequenceNumber)
        } else if let header = packet.udp {
            self = .length(header.totalLength)
        } else {
            return nil
        }
    }

    /// Of what an ICMP error quotes; nil where the quote ends before it.
    public init?(_ quoted: QuotedPacket) {
        if let number = quoted.sequenceNumber {
            self = .sequence(number)
        } else if let length = quoted.datagramLength {
            self = .length(length)
        } else {
            return nil
        }
    }

    /// Of a datagram that bears so much.
    public init(payloadLength: Int) { self = .length(UInt16(clamping: payloadLength &+ UDPHeader.length)) }
}

extension Packet {
    /// The first two bytes that a datagram bears: DNS's identifier (RFC 1035 section 4.1.1), and what a service
    /// brings back that returns what it gets.
    public func datagramIdentifier(in frame: Span<UInt8>) -> UInt16? {
        guard udp != nil, payload.count >= 2, payload.lowerBound >= 0, payload.upperBound <= frame.count else {
            return nil
        }
        return UInt16(frame[payload.lowerBound]) << 8 | UInt16(frame[payload.lowerBound &+ 1])
    }
}

extension UInt8 {
    /// As a TTL that arrived: how many routers the packet has passed. Systems start at 32, 64, 128 or 255, and paths
    /// are short.
    public var routersPassed: Int {
        let initial = [32, 64, 128, 255].first { $0 >= Int(self) } ?? 255
        return initial - Int(self)
    }
}
