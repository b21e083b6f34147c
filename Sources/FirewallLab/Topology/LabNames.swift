public import PacketWire

/// The names that the lab knows, in its hosts file and at its resolver.
public enum LabNames {
    /// Names that always resolve.
    public static let records: [(name: String, addresses: [IPAddress])] = [
        ("db.lab", [.v4(IPv4Address(203, 0, 113, 10))]),
        ("web.lab", [.v4(IPv4Address(203, 0, 113, 10)), server6]),
        ("v4.lab", [.v4(IPv4Address(203, 0, 113, 10))]),
        ("v6.lab", [server6]),
        // Two that have nothing to do with each other.
        ("shop.test", [.v4(IPv4Address(203, 0, 113, 20))]),
        ("bank.invalid", [.v4(IPv4Address(203, 0, 113, 21))]),
    ]

    /// Where the resolver answers, first the one that `resolv.conf` names.
    public static let resolvers: [IPAddress] = [
        .v4(IPv4Address(203, 0, 113, 53)), .v6(IPv6Address(rawValue: 0x2001_0DB8_0005 << 80 | 0x53)),
    ]

    private static let server6 = IPAddress.v6(IPv6Address(rawValue: 0x2001_0DB8_0005 << 80 | 0x10))

    /// The private `/etc/hosts`: nothing but loopback, so that names really go to the resolver.
    public static let hostsFile = "127.0.0.1 localhost\n::1 localhost ip6-localhost ip6-loopback\n"

    /// The private `/etc/resolv.conf`. One short try: a silent resolver must not cost the usual ten seconds.
    public static var resolverFile: String {
        "nameserver \(resolvers[0])\noptions timeout:2 attempts:1\n"
    }

    /// What the resolver does with a name.
    public enum Answer: Hashable, Sendable {
        /// The addresses of the family that was asked for, possibly none.
        case addresses([IPAddress])
        case code(DNSResponseCode)
        case silence
        /// More than a datagram holds; over TCP the addresses.
        case cut([IPAddress])
        /// What somebody on the way would say, and right behind it the resolver's own word.
        indirect case forged(Answer, Answer)
    }

    /// An address that nobody has.
    private static let nobody = IPAddress.v4(IPv4Address(203, 0, 113, 77))

    /// Names that end in `.refused.lab`, `.servfail.lab`, `.silent.lab`, `.cut.lab`, `.forged.lab` (NXDOMAIN, then the
    /// truth) or `.diverted.lab` (another address, then the truth) get what they say, so that one resolver can serve
    /// every kind of answer in the same network.
    public static func answer(to name: String) -> Answer {
        let name = name.lowercased()
        if let record = records.first(where: { $0.name == name }) { return .addresses(record.addresses) }
        if name.hasSuffix(".refused.lab") { return .code(.refused) }
        if name.hasSuffix(".servfail.lab") { return .code(.serverFailure) }
        if name.hasSuffix(".silent.lab") { return .silence }
        let truth = records[0].addresses
        if name.hasSuffix(".cut.lab") { return .cut(truth) }
        if name.hasSuffix(".forged.lab") { return .forged(.code(.nonExistentDomain), .addresses(truth)) }
        if name.hasSuffix(".diverted.lab") { return .forged(.addresses([nobody]), .addresses(truth)) }
        return .code(.nonExistentDomain)
    }
}
