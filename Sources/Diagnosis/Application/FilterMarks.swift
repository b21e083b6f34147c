import PacketWire

/// The marks that filters leave in the pages which they show in a server's place: names of products as the pages of
/// their makers, their public manuals and OONI's list of block pages have them. A table to grow, not to be complete.
enum FilterMarks {
    private static let makers: [(name: String, marks: [String])] = [
        ("FortiGuard", ["fortiguard", "fortigate", "fortinet"]),
        ("Palo Alto Networks", ["palo alto networks", "paloaltonetworks"]),
        ("Cisco Umbrella", ["block.opendns.com", "opendns", "cisco umbrella"]),
        ("Cisco Web Security", ["ironport", "cisco web security"]),
        ("Zscaler", ["zscaler"]),
        ("Sophos", ["sophos"]),
        ("Symantec", ["blue coat", "bluecoat", "symantec web security"]),
        ("Forcepoint", ["websense", "forcepoint"]),
        ("Check Point", ["usercheck", "check point software"]),
        ("SonicWall", ["sonicwall"]),
        ("WatchGuard", ["watchguard"]),
        ("Barracuda", ["barracuda"]),
        ("Netskope", ["netskope"]),
        ("Skyhigh", ["mcafee web gateway", "skyhigh secure"]),
        ("Smoothwall", ["smoothwall"]),
        ("Lightspeed", ["lightspeed systems"]),
        ("SquidGuard", ["squidguard", "dansguardian", "e2guardian"]),
        ("Squid", ["err_access_denied", "x-squid-error"]),
        ("pfBlockerNG", ["pfblockerng"]),
        ("Pi-hole", ["pi-hole"]),
    ]
    private static let refusals = [
        "blocked", "access denied", "access to this site", "not allowed", "forbidden", "web filter", "url filter",
        "violation", "policy",
    ]
    /// No page says later what it is.
    static let longest = 8_192

    /// Whose page it is; nil where nothing says so. A page that is no refusal by its status must say that it is one.
    static func maker(_ status: Int, _ fields: [NetworkText?], _ content: [UInt8]) -> String? {
        // A redirection to a page of refusal has no content of its own.
        guard status == 200 || (300..<400).contains(status) || status >= 400 else { return nil }
        let head = fields.compactMap { $0?.description.lowercased() }.joined(separator: "\n")
        let page = content.isEmpty ? "" : String(decoding: content.prefix(longest), as: UTF8.self).lowercased()
        guard let maker = makers.first(where: { $0.marks.contains { head.contains($0) || page.contains($0) } }) else {
            return nil
        }
        let isRefusal = status == 403 || status == 451
        guard isRefusal || refusals.contains(where: { page.contains($0) || head.contains($0) }) else { return nil }
        return maker.name
    }
}
