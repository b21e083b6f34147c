/// SSDP, UPnP Device Architecture 1.1 section 1.3.2: a search sent to one host. Devices answer from any port.
enum SSDPService: ServiceProtocol {
    static let name = "ssdp"
    static let title = "SSDP"
    static let ports: [UInt16] = [1900]
    static let silence = UDPService.Silence.towardsStrangers(
        "A UPnP device need not answer a search from another network, or one that was sent to it alone.",
        "Search from a machine on the host's own link: does it answer there?")
    static let answersFromOtherPorts = true
    static let echoesTransaction = false
    static let fillings = 128

    static func question(_ transaction: ServiceTransaction, filling: Int) -> [UInt8] {
        // A search for one host has no MX: it is to be answered at once. Old devices want one all the same.
        var lines = [
            "M-SEARCH * HTTP/1.1", "HOST: 239.255.255.250:1900", "MAN: \"ssdp:discover\"", "MX: 1",
            "ST: upnp:rootdevice",
        ]
        if filling > 0 { lines.append("X-FILLING: \(String(repeating: "x", count: filling))") }
        return Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8)
    }

    /// Nothing in an answer tells which search it is for but the target that was searched.
    static func check(_ reply: Span<UInt8>, _ transaction: ServiceTransaction) throws(DecodeError) -> ServiceReply {
        guard reply.count >= 12 else {
            throw DecodeError(.service, at: 0, .truncated(needed: 12, available: reply.count))
        }
        if reply.begins(with: "M-SEARCH ") || reply.begins(with: "NOTIFY ") { return .foreign(.noReply) }
        guard let status = reply.statusLine("HTTP/1.1 ") ?? reply.statusLine("HTTP/1.0 ") else {
            return .foreign(.anotherProtocol)
        }
        guard status.hasPrefix("200") else { return .answered(status) }
        guard let target = reply.header("st") else { return .foreign(.malformed) }
        guard reply.array(target) == Array("upnp:rootdevice".utf8) else { return .foreign(.anotherTransaction) }
        return .answered(saying: [status, reply.header("server").map { "server \(reply.shown($0))" }])
    }
}
