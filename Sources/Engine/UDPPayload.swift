import PacketWire

/// The first datagram of a UDP probe. A service answers what it understands, so DNS gets a question; everything
/// else gets eight bytes that mean nothing to anybody.
enum UDPPayload {
    static func first(port: UInt16) -> [UInt8] {
        switch port {
        case 53: rootQuery
        default: Array("stallpnt".utf8)
        }
    }

    /// "Which are the name servers of the root?": RFC 1035 section 4.1, answered or refused by every resolver.
    private static let rootQuery: [UInt8] = [
        0x53, 0x70, 0x01, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x00, 0x01,
    ]
}
