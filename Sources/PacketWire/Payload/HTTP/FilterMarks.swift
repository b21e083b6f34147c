/// The marks that filters leave in the pages which they show in a server's place: names of products as the pages of
/// their makers, their public manuals and OONI's list of block pages have them. A table to grow, not to be complete.
///
/// Every page that a capture holds is looked through: `SoughtWords` compares bytes, and makes no text of them.
public enum FilterMarks {
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
    private static let products = SoughtWords(
        makers.enumerated().flatMap { index, maker in maker.marks.map { ($0, index) } })
    private static let refusals = SoughtWords(
        [
            "blocked", "access denied", "access to this site", "not allowed", "forbidden", "web filter", "url filter",
            "violation", "policy",
        ].map { ($0, 0) })
    /// Of a page that says it is found: one word is not enough, every site has a policy and tells what it has blocked.
    private static let refusalsOfSuccess = SoughtWords(
        [
            "access denied", "access to this site", "access to this page", "access to this website", "access blocked",
            "page blocked", "site blocked", "website blocked", "is blocked", "been blocked", "is not allowed",
            "web filter violation", "blocked by",
        ].map { ($0, 0) })
    /// No page says later what it is.
    public static let longest = 8_192

    /// Whose page it is; nil where nothing says so. A page that is no refusal by its status must say that it is one.
    public static func maker(_ status: Int, _ fields: [NetworkText?], _ content: [UInt8]) -> String? {
        // A redirection to a page of refusal has no content of its own.
        guard status == 200 || (300..<400).contains(status) || status >= 400 else { return nil }
        // Of the two searches the one that takes larger steps goes first: nearly all pages are nobody's but the server's.
        if status == 200, !saysRefusal(content), !fields.contains(where: { $0.map { saysRefusal($0.bytes) } ?? false })
        {
            return nil
        }
        let texts = fields.compactMap { $0?.bytes } + [content]
        guard let maker = products.first(in: texts, longest: longest) else { return nil }
        let isRefusal = status == 403 || status == 451
        if status == 200 {
            // A page that has a headline says there what it is; below it, anybody may write about filters.
            let heads = headlines(of: content)
            guard refusalsOfSuccess.first(in: heads.isEmpty ? texts : heads, longest: longest) != nil else {
                return nil
            }
        } else if !isRefusal, refusals.first(in: texts, longest: longest) == nil {
            return nil
        }
        return makers[maker].name
    }

    /// False where no page of status 200 with these bytes is anybody's: most pages are the server's own, and nothing of
    /// them needs to be kept.
    ///
    /// - Parameter answer: head and content.
    public static func mayMark(success answer: Span<UInt8>) -> Bool { refusalsOfSuccess.first(in: answer) != nil }

    private static func saysRefusal(_ text: [UInt8]) -> Bool {
        mayMark(success: text.span.extracting(first: longest))
    }

    /// What stands in the title and in the headings of a page, where it has a title.
    private static func headlines(of content: [UInt8]) -> [[UInt8]] {
        let page = content.prefix(longest).map(\.inLowerCase)
        var heads: [[UInt8]] = []
        var hasTitle = false
        var place = 0
        while let start = page[place...].firstIndex(of: UInt8(ascii: "<")) {
            place = start + 1
            let isTitle = page[place...].starts(with: "title".utf8)
            let isHeading =
                page[place...].first == UInt8(ascii: "h")
                && page.count > place + 1 && (0x31...0x33).contains(page[place + 1])
            guard isTitle || isHeading else { continue }
            hasTitle = hasTitle || isTitle
            let end = page[place...].firstIndex(of: UInt8(ascii: "<")) ?? page.count
            heads.append(Array(page[place..<end]))
            place = end
        }
        return hasTitle ? heads : []
    }
}
