import Conversations
import PacketWire
import Testing

@testable import Diagnosis

/// What an answer of HTTP says about the way to a server.
struct HTTPAnswerTests {
    private static let target = Target(
        input: "x", host: "www.shop.example", address: IPAddress("203.0.113.1"), port: 80, transport: .tcp)

    private static func problem(
        _ code: Int, location: String? = nil, server: String? = nil, via: String? = nil, page: String = "",
        isSecured: Bool = false, lacksCertificate: Bool = false,
        host: String = "www.shop.example", path: String? = nil
    ) -> ApplicationFinding.Problem? {
        let line = Array("HTTP/1.1 \(code) x\r\n".utf8)
        guard let status = HTTPStatusLine(decoding: line.span) else { return nil }
        return HTTPAnswer(
            status: status, host: NetworkText(host), path: path.map { NetworkText($0) }, isSecured: isSecured,
            server: server.map { NetworkText($0) }, via: via.map { NetworkText($0) },
            location: location.map { NetworkText($0) }, content: Array(page.utf8),
            lacksCertificate: lacksCertificate
        ).problem(target)
    }

    @Test(
        "A certificate of the client that was asked for and not shown may be what an answer speaks of",
        arguments: [
            (400, "<title>400 No required SSL certificate was sent</title>", true), (496, "", true),
            (403, "403.7 - Forbidden: a client Certificate is required", true), (400, "Bad Request", false),
            (200, "our certificate shop", false), (404, "no such page", false), (502, "certificate", false),
        ])
    func certificateWanted(_ code: Int, _ page: String, _ isWanted: Bool) {
        for isSecured in [true, false] {
            let found = Self.problem(code, page: page, isSecured: isSecured, lacksCertificate: true)
            #expect((found?.summary.contains("certificate of the client") ?? false) == isWanted)
            if isWanted {
                #expect(found?.verdict == .interfered && found?.mechanism == .permission)
                #expect(found?.confidence == .likely && found?.zones.first == .destination)
            }
            let unasked = Self.problem(code, page: page, isSecured: isSecured)
            #expect(unasked?.summary.contains("certificate of the client") != true)
        }
    }

    @Test(
        "Redirections: to the same site they are how the web works, to a portal's name or a private address they are not",
        arguments: [
            ("/login", false), ("https://www.shop.example/", false), ("http://shop.example/", false),
            ("https://login.shop.example:8443/x", false), ("https://elsewhere.test/", false),
            ("http://captive.lab.test/", true), ("http://192.168.1.1/", true), ("http://10.0.0.1:8080/x", true),
            ("http://172.20.0.1/", true), ("http://100.64.0.1/", true), ("//hotspot.test/", true),
            ("http://net.test/guest/login", true), ("http://[fe80::1]/", false), ("http://8.8.8.8/", false),
            ("http://user@portal.test/", true), ("https://login.corp.test/auth/portal", false),
            ("https://sso.corp.test/login?wifi=no", false), ("http://net.test/captive", true), ("http:///", false),
            ("http://", false), ("", false),
        ])
    func redirections(_ location: String, _ isPortal: Bool) {
        let found = Self.problem(302, location: location)
        #expect((found?.mechanism == .answeredByMiddlebox) == isPortal)
        #expect(found?.confidence ?? .likely == .likely)
        // Inside TLS that stands nobody but the server says where to go.
        #expect(Self.problem(302, location: location, isSecured: true) == nil)
    }

    @Test(
        "A redirection to a page of refusal at another site is a filter's",
        arguments: [
            ("http://blocked.provider.test/why", true), ("http://net.test/blockpage?u=1", true),
            ("http://access-denied.test/", true), ("http://www.shop.example/blocked", false),
            ("http://blockchain.test/", false), ("http://net.test/news/blocked", false),
        ])
    func refusals(_ location: String, _ isFilters: Bool) {
        let found = Self.problem(302, location: location)
        #expect((found?.verdict == .blocked) == isFilters && (found?.mechanism == .answeredByMiddlebox) == isFilters)
        #expect(found?.zones ?? [.path, .destination] == [.path, .destination])
        #expect(Self.problem(302, location: location, isSecured: true) == nil)
    }

    @Test("Too many requests: it works, and not as often as it is asked", arguments: [true, false])
    func tooMany(_ isSecured: Bool) {
        let found = Self.problem(429, isSecured: isSecured)
        #expect(found?.verdict == .degraded && found?.stage == .application && found?.mechanism == .rateLimit)
        #expect(found?.zones == (isSecured ? [.destination] : [.destination, .path]))
        #expect(found?.confidence == (isSecured ? .strong : .likely) && found?.lookAlikes.isEmpty == isSecured)
    }

    @Test(
        "A page that sends browsers on by itself is a redirection",
        arguments: [
            (#"<html><META HTTP-EQUIV="Refresh" CONTENT="0;URL=http://hotspot.test/?o=1"></html>"#, true),
            (#"<meta content="5; url='https://192.168.1.1/login'" http-equiv=refresh>"#, true),
            (#"<meta http-equiv="refresh" content="0; url=https://shop.example/portal">"#, false),
            (#"<meta http-equiv="refresh" content="30">"#, false),
            (#"<meta http-equiv="refresh" content="0;url=">"#, false),
            ("<p>http-equiv refresh url=http://hotspot.test/", false), ("<meta http-equiv=refresh url=", false),
        ])
    func refreshes(_ page: String, _ isPortal: Bool) {
        #expect((Self.problem(200, page: page)?.mechanism == .answeredByMiddlebox) == isPortal)
        #expect(Self.problem(200, page: page, isSecured: true) == nil)
    }

    @Test(
        "Pages of refusal need a maker's mark, and where the status is none, words of refusal",
        arguments: [
            (403, "<title>FortiGuard</title>", true), (200, "zscaler: access to this site is blocked", true),
            (200, "we sell zscaler", false),
            (200, "<title>Docs</title><p>FortiGuard: why access to this site is blocked", false),
            (200, "<title>Web Page Blocked</title>FortiGuard", true),
            (200, "<TITLE>Notice</TITLE><h2>Access denied</h2>Sophos", true), (403, "no", false),
            (503, "Sophos: blocked", true), (200, "", false),
        ])
    func pages(_ code: Int, _ page: String, _ isFilter: Bool) {
        let found = Self.problem(code, page: page)
        #expect((found?.mechanism == .answeredByMiddlebox) == isFilter)
        if isFilter { #expect(found?.verdict == .blocked && found?.zones == [.path, .destination]) }
        // Inside TLS that stands the server's own page may speak of what it likes.
        if code == 200 { #expect(Self.problem(code, page: page, isSecured: true) == nil) }
    }

    @Test("A refusal without a mark is the server's or a filter's; a filter's redirection names it")
    func refusals() {
        #expect(Self.problem(403)?.mechanism == .permission && Self.problem(451)?.mechanism == .permission)
        #expect(Self.problem(451)?.summary.contains("legal") == true)
        let block = Self.problem(302, location: "https://block.opendns.com/?url=blocked")
        #expect(block?.verdict == .blocked && block?.summary.contains("Cisco Umbrella") == true)
        #expect(Self.problem(404) == nil && Self.problem(200) == nil && Self.problem(500) == nil)
    }

    @Test("Gateways are named by what they say of themselves")
    func gateways() {
        #expect(Self.problem(502, server: "balancer/1")?.summary.contains("(balancer/1)") == true)
        #expect(Self.problem(504)?.verdict == .degraded && Self.problem(503)?.zones == [.destination, .path])
        #expect(
            Self.problem(400, page: "The plain HTTP request was sent to HTTPS port")?.mechanism == .protocolMismatch)
        #expect(Self.problem(400) == nil)
        // Who is busy has nothing behind it, unless it says so.
        #expect(Self.problem(503)?.summary.contains("behind") == false)
        #expect(Self.problem(503, via: "1.1 edge")?.summary.contains("behind") == true)
    }

    @Test(
        "What a gateway's page says of the server behind it is told, of 503 as of the others",
        arguments: [
            (503, "no healthy upstream", "none is there that takes requests"),
            (503, "<h1>503 Service Unavailable</h1>\nNo server is available to handle this request.", "none is there"),
            (503, "no available server\n", "none is there"),
            (
                503, "upstream connect error or disconnect/reset before headers. reset reason: connection failure",
                "get through"
            ),
            (503, "<title>503 Backend fetch failed</title>Guru Meditation:", "get through"),
            (502, "The proxy server received an invalid\nresponse from an upstream server.", "no whole answer"),
            (504, "The gateway did not receive a timely response\nfrom the upstream server or application.", "in time"),
            (504, "upstream request timeout", "in time"), (504, "<h1>Gateway Time-out</h1>", nil),
            (503, "The server is temporarily unable to service your request", nil),
        ] as [(Int, String, String?)])
    func backends(_ code: Int, _ page: String, _ said: String?) {
        for isSecured in [false, true] {
            let found = Self.problem(code, page: page, isSecured: isSecured)
            #expect(found?.verdict == .degraded && found?.mechanism == .noReply)
            #expect(found?.summary.contains("behind it that does not") == (said != nil || code != 503))
            #expect(found?.summary.contains(", which says that ") == (said != nil), "\(found?.summary ?? "")")
            if let said { #expect(found?.summary.contains(said) == true) }
            #expect(found?.advice.first?.contains("what stands behind it") == (said != nil || code != 503))
        }
        // A page that was found may say what it likes.
        #expect(Self.problem(200, page: page) == nil && Self.problem(404, page: page) == nil)
    }

    @Test("Who names an address as host is told to ask by a name")
    func addressAsHost() {
        for (host, isAddress) in [("203.0.113.1:8080", true), ("[2001:db8::1]", true), ("www.shop.example:80", false)] {
            #expect(Self.problem(403, host: host)?.advice.first?.contains("by a name") == isAddress)
        }
    }

    @Test("An edge's own codes say what is wrong behind it, and are nobody else's", arguments: 520...526)
    func edges(_ code: Int) {
        let edge = Self.problem(code, server: "cloudflare")
        #expect(edge?.verdict == .degraded && edge?.mechanism == .noReply)
        #expect(edge?.summary.contains("behind it that does not") == true)
        #expect(edge?.summary.contains(", which says that ") == true)
        #expect(Self.problem(code) == nil && Self.problem(code, server: "nginx") == nil)
        #expect(Self.problem(code + 100, server: "cloudflare") == nil)
    }

    @Test(
        "In the clear anybody may have said it; inside TLS that stands it is the key's holder",
        arguments: [403, 407, 451, 502, 503, 504, 511])
    func secured(_ code: Int) {
        let clear = Self.problem(code)
        #expect(clear.map { Set($0.zones) } == [.destination, .path])
        #expect(code == 407 || clear?.confidence == .likely && clear?.lookAlikes.count == 1)
        let secured = Self.problem(code, page: "<title>FortiGuard</title>", isSecured: true)
        #expect(secured?.zones == [.destination] && secured?.actor == Self.target.address)
        #expect(secured?.mechanism == (code / 100 == 5 && code != 511 ? .noReply : .permission))
    }

    @Test(
        "What is always answered alike and is answered otherwise shows that somebody else answers",
        arguments: [
            ("/generate_204", "h", 204, "", false), ("/generate_204", "h", 200, "<html>log in</html>", true),
            // An empty page, or an error, is no page of anybody's.
            ("/generate_204", "h", 200, "", false), ("/generate_204?x=1", "h", 200, "x", true),
            ("/generate_204", "h", 404, "none", false), ("/generate_2044", "h", 200, "x", false),
            ("/hotspot-detect.html", "captive.apple.com", 200, "<BODY>Success</BODY>", false),
            ("/hotspot-detect.html", "captive.apple.com", 200, "<BODY>Welcome</BODY>", true),
            ("/connecttest.txt", "h", 200, "16\r\nMicrosoft Connect Test\r\n0\r\n", false),
            ("/connecttest.txt", "h", 200, "hello", true), ("/ncsi.txt", "h", 200, "Microsoft NCSI", false),
            ("/check_network_status.txt", "h", 200, "NetworkManager is online\n", false),
            // A name that anybody may use says something only at its own host.
            ("/success.txt", "h", 200, "fine", false), ("/success.txt", "detectportal.firefox.com", 200, "fine", true),
            ("/success.txt", "detectportal.firefox.com:80", 200, "success\n", false),
        ])
    func knownAnswers(_ path: String, _ host: String, _ code: Int, _ page: String, _ isChanged: Bool) {
        let found = Self.problem(code, page: page, host: host, path: path)
        #expect((found?.mechanism == .answeredByMiddlebox) == isChanged)
        guard isChanged else { return }
        #expect(found?.verdict == .interfered && found?.confidence == .likely && found?.zones == [.path, .destination])
        #expect(found?.lookAlikes.count == 1)
        // Nobody on the way changes what TLS carries that stands.
        #expect(Self.problem(code, page: page, isSecured: true, host: host, path: path) == nil)
    }

    @Test("A redirection away from such an address is a portal's, whatever its name; a packed page tells nothing")
    func knownElsewhere() {
        let away = "http://elsewhere.test/welcome"
        #expect(Self.problem(302, location: away, host: "h", path: "/generate_204")?.mechanism == .answeredByMiddlebox)
        #expect(Self.problem(302, location: away, host: "h", path: "/") == nil)
        #expect(Self.problem(302, location: "https://h/generate_204", host: "h", path: "/generate_204") == nil)
        #expect(KnownAnswer(path: "/ncsi.txt", host: nil)?.isGiven(200, [0x1F, 0x8B, 8]) == nil)
        #expect(KnownAnswer(path: nil, host: nil) == nil)
    }

    @Test("Bytes of any kind are read")
    func hostile() {
        for page in [[UInt8](repeating: 0xFF, count: 20_000), [0xC3], []] {
            #expect(FilterMarks.maker(200, [nil], page) == nil)
        }
        for location in ["//[", "http://[::", "http://@:/", "http://\u{0}/", String(repeating: "http://", count: 900)] {
            _ = RedirectedPlace(NetworkText(location))?.isSameSite(as: "x")
        }
    }
}
