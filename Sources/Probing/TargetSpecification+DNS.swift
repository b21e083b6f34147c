import PacketWire

/// What a DNS server is asked: `dns://server/name?type=MX`, the form of RFC 4501.
extension TargetSpecification {
    /// Who are the root's servers? Every server answers or refuses that.
    static let anyDNS = UDPService.dns(asking: DNSQuestion(.root, .ns))

    /// The name, and behind a question mark its type; of the class there is one. Addresses are asked for where nothing is
    /// said, and where there is no name the root's servers.
    static func question(
        _ text: Substring, _ toASCII: (String) -> String?, _ problem: (String) -> Problem
    ) throws(Problem) -> DNSQuestion {
        let parts = text.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        let nameText = parts.first ?? ""
        guard
            let name = nameText.isEmpty
                ? .root : DNSName(String(nameText)) ?? toASCII(String(nameText)).flatMap({ DNSName($0) }),
            !nameText.contains("%")
        else {
            throw problem("'\(String(nameText.prefix(80)).escapedForDisplay)' is no name that DNS can be asked for")
        }
        // What means something else behind any other target: 192.0.2.0/24, host:53/udp.
        let isNumber = !nameText.isEmpty && nameText.utf8.allSatisfy { (0x30...0x39).contains($0) }
        guard !isNumber, !["udp", "tcp"].contains(nameText.lowercased()) else {
            throw problem("behind the server comes a name; one like that is written with a dot: '\(nameText).'")
        }
        var isTyped = false
        var type: DNSType = name == .root ? .ns : .a
        for field in (parts.count > 1 ? parts[1] : "").split(whereSeparator: { $0 == ";" || $0 == "&" }) {
            switch field.lowercased() {
            case "class=in": break
            case let known where known.hasPrefix("type="):
                guard let named = DNSType(named: field.dropFirst(5)), named.canBeAsked else {
                    throw problem("'\(String(field.dropFirst(5).prefix(20)).escapedForDisplay)' is no type of record")
                }
                guard !isTyped else { throw problem("one type is asked for at a time") }
                (type, isTyped) = (named, true)
            default:
                throw problem("behind the name comes ?type=A, AAAA, MX, …")
            }
        }
        return DNSQuestion(name, type)
    }
}
