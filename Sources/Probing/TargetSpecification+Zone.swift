import PacketWire

extension TargetSpecification {
    /// Takes the zone out of `[fe80::1%eth0]:22`, `fe80::1%2` (RFC 4007 section 11) and, as a URI has it,
    /// `http://[fe80::1%25eth0]/` (RFC 6874 section 2). Only a link-local address needs one.
    static func withoutZone(
        _ text: Substring, _ problem: (String) -> Problem
    ) throws(Problem) -> (Substring, zone: String?) {
        guard let percent = text.firstIndex(of: "%") else { return (text, nil) }
        let end = text[percent...].firstIndex(of: "]") ?? text.endIndex
        var zone = text[text.index(after: percent)..<end]
        if zone.hasPrefix("25"), zone.utf8.count > 2 { zone = zone.dropFirst(2) }
        let address = text.first == "[" ? text[..<percent].dropFirst() : text[..<percent]
        guard IPv6Address(address)?.isLinkLocal == true else {
            throw problem("a zone ('%') belongs to a link-local IPv6 address")
        }
        // IFNAMSIZ is 16, with the zero behind it.
        guard (1...15).contains(zone.utf8.count), !zone.utf8.contains(where: { $0 <= 0x20 || $0 == 0x2F || $0 == 0x25 })
        else { throw problem("behind '%' comes the name of an interface") }
        return (Substring(text[..<percent] + text[end...]), String(zone))
    }
}
