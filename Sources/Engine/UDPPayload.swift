import PacketWire

/// The datagrams of a UDP probe. A service answers what it understands, so DNS gets a question; everything else gets
/// a few bytes that mean nothing to anybody.
enum UDPPayload {
    static func first(port: UInt16) -> [UInt8] {
        switch port {
        case 53: question(identifier).encoded()
        default: Array(text)
        }
    }

    /// The same for a packet of a ladder, which must be known among the others by its length (`PacketName`), and by
    /// its first two bytes where the answer brings them back, as DNS does.
    ///
    /// A question grows by an option of EDNS that nobody knows: of a code for local use, and what is not known is
    /// ignored (RFC 6891 sections 9 and 6.1.2). Padding (RFC 7830) would be for that, and section 6 there forbids it
    /// where nothing is encrypted. The identifier alone would not do: routers that quote eight bytes do not quote it.
    ///
    /// - Parameter number: of the packet in its ladder. Lengths repeat after `lengths` of them, so that no datagram
    ///   grows beyond what every path takes.
    static func rung(_ number: Int, port: UInt16) -> [UInt8] {
        let number = number % lengths + 1
        let identifier = identifier &+ UInt16(number)
        switch port {
        case 53:
            let filling = [UInt8](repeating: 0, count: number)
            return question(identifier, EDNS(options: [EDNSOption(code: localUse, data: filling)])).encoded()
        default:
            let head = [UInt8(identifier >> 8), UInt8(identifier & 0xFF)]
            return head + (2..<text.count + number).map { text[$0 % text.count] }
        }
    }

    static let lengths = 128

    private static let text = Array("stallpnt".utf8)
    private static let identifier: UInt16 = 0x5370
    private static let localUse: UInt16 = 65_001

    /// "Which are the name servers of the root?", which every resolver answers or refuses.
    private static func question(_ identifier: UInt16, _ edns: EDNS? = nil) -> DNSMessage {
        DNSMessage.query(.root, .ns, identifier: identifier, edns: edns)
    }
}
