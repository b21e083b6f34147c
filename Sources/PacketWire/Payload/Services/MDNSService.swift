/// Multicast DNS, RFC 6762, asked by one datagram to the host itself: "which kinds of service are there?" (RFC 6763
/// section 9). A question from another port than 5353 is answered to that port, with its identifier (section 6.7).
enum MDNSService: ServiceProtocol {
    static let name = "mdns"
    static let title = "mDNS"
    static let ports: [UInt16] = [5353]
    static let silence = UDPService.Silence.towardsStrangers(
        "A responder of mDNS answers its own link only, and only of what it has to announce.",
        "Ask from a machine on the host's own link (RFC 6762 section 11): does it answer there?")
    static let fillings = 128

    static func question(_ transaction: ServiceTransaction, filling: Int) -> [UInt8] {
        query(transaction, filling).encoded()
    }

    static func check(_ reply: Span<UInt8>, _ transaction: ServiceTransaction) throws(DecodeError) -> ServiceReply {
        // Errors are no part of it: section 18.11.
        guard reply.count < 4 || reply[3] & 0x0F == 0 else { return .foreign(.anotherProtocol) }
        return try DNSService.check(reply, query(transaction, 0))
    }

    private static let services = DNSName("_services._dns-sd._udp.local") ?? .root

    private static func query(_ transaction: ServiceTransaction, _ filling: Int) -> DNSMessage {
        var query = DNSService.query(services, .ptr, transaction, filling)
        // Nobody recurses here: section 18.6.
        query.flags.recursionDesired = false
        return query
    }
}
