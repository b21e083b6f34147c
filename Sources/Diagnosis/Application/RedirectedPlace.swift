import PacketWire

/// Where a Location field leads, as far as it names a host: RFC 9110 section 10.2.2.
struct RedirectedPlace: Hashable {
    /// In lower case, without port and brackets.
    var host: String
    /// The first part of the path, without the question behind it.
    private var beginning: Substring

    /// Nil where it stays at the same host.
    init?(_ location: NetworkText) {
        let text = String(decoding: location.bytes.prefix(512), as: UTF8.self).lowercased()
        guard text.hasPrefix("http://") || text.hasPrefix("https://") || text.hasPrefix("//"),
            let slashes = text.firstIndex(of: "/")
        else { return nil }
        let rest = text[slashes...].dropFirst(2)
        let authority = rest.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        beginning = rest.dropFirst(authority.count + 1).prefix { $0 != "/" && $0 != "?" && $0 != "#" }.prefix(64)
        let place = authority.split(separator: "@", omittingEmptySubsequences: false).last ?? authority
        host = Self.host(of: place)
        if host.isEmpty { return nil }
    }

    /// Without port and brackets.
    static func host(of place: some StringProtocol) -> String {
        place.first == "[" ? String(place.dropFirst().prefix { $0 != "]" }) : String(place.prefix { $0 != ":" })
    }

    /// Where a page sends browsers on by itself, as portals do that answer 200: the refresh pragma of the HTML standard
    /// (section 4.2.5.3). Nil where it does not, or stays at the same host.
    init?(refreshIn content: [UInt8]) {
        let page = String(decoding: content.prefix(4_096), as: UTF8.self).lowercased()
        let tags = page.split(separator: "<").lazy.compactMap { $0.split(separator: ">", maxSplits: 1).first }
        guard
            let tag = tags.first(where: {
                $0.hasPrefix("meta") && $0.contains("http-equiv") && $0.contains("refresh")
            }), let url = tag.firstRange(of: "url=")?.upperBound
        else { return nil }
        let place = tag[url...].drop { " '\"".contains($0) }.prefix { !" '\"".contains($0) }
        self.init(NetworkText(bytes: Array(place.utf8)))
    }

    /// The same host, one below or above it, or one that shares its last two labels.
    func isSameSite(as other: NetworkText?) -> Bool {
        guard let other = other?.description.lowercased() else { return false }
        let name = Self.host(of: other)
        if name == host { return true }
        guard IPAddress(name) == nil, IPAddress(host) == nil else { return false }
        if name.hasSuffix("." + host) || host.hasSuffix("." + name) { return true }
        let (mine, theirs) = (host.split(separator: "."), name.split(separator: "."))
        return mine.count >= 2 && theirs.count >= 2 && mine.suffix(2) == theirs.suffix(2)
    }

    /// A word that filters have in the names of their pages of refusal, or in front of their paths.
    var looksLikeRefusal: Bool {
        ["blocked", "blockpage", "denied", "restricted"].contains { host.contains($0) || beginning.contains($0) }
    }

    /// An address that is no public one (RFC 1918, 6598, 3927), or a word that portals have in their names, or in
    /// front of their paths; of those, sites have a "portal", too.
    var looksLikePortal: Bool {
        if case .v4(let address)? = IPAddress(host) {
            let number = address.rawValue
            return number >> 24 == 10 || number >> 20 == 0xAC1 || number >> 16 == 0xC0A8 || number >> 22 == 0x191
                || number >> 16 == 0xA9FE
        }
        let words = ["captive", "hotspot", "guest", "wifi", "wlan", "splash"]
        return host.contains("portal") || words.contains { host.contains($0) || beginning.contains($0) }
    }
}
