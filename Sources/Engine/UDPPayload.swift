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

    /// "Which are the name servers of the root?", which every resolver answers or refuses.
    private static let rootQuery = DNSMessage.query(.root, .ns, identifier: 0x5370, edns: nil).encoded()
}
