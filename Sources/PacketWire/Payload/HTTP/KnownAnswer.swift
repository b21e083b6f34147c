/// The addresses at which operating systems and browsers ask whether a portal stands in their way, and what they get
/// where none does. Each is public, in plain HTTP on purpose, and says always the same. A table to grow.
public struct KnownAnswer: Hashable, Sendable {
    /// Who asks there.
    public var who: String
    /// Of the request line, without a query.
    var path: String
    /// Whose answer is known; empty where the path is asked for nowhere else.
    var hosts: [String]
    /// Nil for 204 without content, else what a page with status 200 holds.
    var text: String?

    private static let all: [KnownAnswer] = [
        // AOSP NetworkMonitor, and Chromium's captive portal service.
        KnownAnswer(who: "Android and Chrome", path: "/generate_204", hosts: []),
        KnownAnswer(who: "Android and Chrome", path: "/gen_204", hosts: []),
        KnownAnswer(who: "Apple's systems", path: "/hotspot-detect.html", hosts: [], text: "Success"),
        KnownAnswer(who: "Apple's systems", path: "/library/test/success.html", hosts: [], text: "Success"),
        // Network Connectivity Status Indicator, Windows 10 and before.
        KnownAnswer(who: "Windows", path: "/connecttest.txt", hosts: [], text: "Microsoft Connect Test"),
        KnownAnswer(who: "Windows", path: "/ncsi.txt", hosts: [], text: "Microsoft NCSI"),
        KnownAnswer(
            who: "Firefox", path: "/success.txt", hosts: ["detectportal.firefox.com"], text: "success"),
        KnownAnswer(
            who: "Firefox", path: "/canonical.html", hosts: ["detectportal.firefox.com"],
            text: "support.mozilla.org/kb/captive-portal"),
        KnownAnswer(
            who: "NetworkManager", path: "/check_network_status.txt", hosts: [], text: "NetworkManager is online"),
    ]

    /// By the length of their paths.
    private static let byLength: [[KnownAnswer]] = {
        let longest = all.map(\.path.utf8.count).max() ?? 0
        return (0...longest).map { length in all.filter { $0.path.utf8.count == length } }
    }()

    @inline(__always)
    private static func candidates(_ path: Span<UInt8>) -> [KnownAnswer] {
        let length = path.first(UInt8(ascii: "?")) ?? path.count
        return length < byLength.count ? byLength[length] : []
    }

    /// False for nearly every path there is, told by its length.
    static func mayBeKnown(_ path: Span<UInt8>) -> Bool { !candidates(path).isEmpty }

    /// Nil where nobody knows what such a request gets.
    public init?(path: NetworkText?, host: NetworkText?) {
        guard let path = path?.bytes else { return nil }
        // Every request of a capture is asked: its path is compared with those of its own length.
        let known = Self.candidates(path.span).first { path.starts(with: $0.path.utf8) }
        guard let known else { return nil }
        if !known.hosts.isEmpty {
            let name = host?.bytes.prefix { $0 != UInt8(ascii: ":") }
            guard known.hosts.contains(String(decoding: name ?? [], as: UTF8.self).lowercased()) else { return nil }
        }
        self = known
    }

    private init(who: String, path: String, hosts: [String], text: String? = nil) {
        (self.who, self.path, self.hosts, self.text) = (who, path, hosts, text)
    }

    /// As `204 No Content`, or with the page's words.
    public var phrase: String { text.map { "200 and the words '\($0)'" } ?? "204 and nothing else" }

    /// Nil where the answer does not tell: it is packed, none came, or the server does not have the page at all.
    ///
    /// - Parameter isCut: there is more of the content than this.
    public func isGiven(_ status: Int, _ content: [UInt8], isCut: Bool = false) -> Bool? {
        guard let text else {
            if status == 204 { return true }
            return status == 200 && !content.isEmpty ? false : nil
        }
        // RFC 1952 section 2.3.1: nothing is unpacked here.
        guard status == 200, !content.isEmpty, !content.starts(with: [0x1F, 0x8B]) else { return nil }
        let page = String(decoding: content.prefix(Self.longest), as: UTF8.self)
        return page.contains(text) ? true : isCut ? nil : false
    }

    private static let longest = FilterMarks.longest
}
