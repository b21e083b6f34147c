import Diagnosis
import PacketWire
import Probing
import Testing

@Suite struct ProxyChoiceTests {
    private func single(_ text: String) throws -> TargetSpecification.Single {
        try #require(try TargetSpecification(text).singles.first)
    }

    @Test(
        "Addresses are read with and without a scheme",
        arguments: ["http://proxy.example:3128", "proxy.example:3128", "HTTP://proxy.example:3128/"])
    func addresses(text: String) throws {
        let proxy = try ProxyAddress(text)
        #expect(proxy.host == .name("proxy.example") && proxy.port == 3128 && proxy.login == nil && proxy.kind == .http)
    }

    @Test("A name in another script is the one that DNS has, where somebody can say it")
    func otherScripts() throws {
        let toASCII = { (name: String) in name == "b\u{FC}cher.example" ? "xn--bcher-kva.example" : nil }
        let named = try ProxyAddress("http://b\u{FC}cher.example:3128", toASCII: toASCII)
        #expect(named.host == .name("xn--bcher-kva.example"))
        let choice = ProxyChoice.environment(["https_proxy": "b\u{FC}cher.example:3128"])
        let target = try single("https://web.example/")
        #expect(try choice.proxy(for: target, toASCII: toASCII)?.address.host == named.host)
        #expect(throws: ProxyAddress.Problem.self) { try choice.proxy(for: target) }
    }

    @Test("A proxy of https:// is spoken to in TLS, and its targets know it")
    func secured() throws {
        let proxy = try ProxyAddress("https://u:p@proxy.example:3129")
        #expect(proxy.kind == .http && proxy.isSecured && proxy.port == 3129 && proxy.login != nil)
        let origin = try single("https://web.example/").through(proxy).request?.origin
        #expect(origin?.isSecured == true && origin?.host == "web.example" && origin?.port == 443)
        #expect(try ProxyAddress("http://proxy.example:3128").isSecured == false)
    }

    @Test(
        "SOCKS by all its names",
        arguments: [
            ("socks5://p.example:1080", SOCKSVersion.five), ("socks5h://p.example:1080", .five),
            ("SOCKS://p.example:1080/", .five), ("socks4://p.example:1080", .four), ("socks4a://p.example:1080", .four),
        ])
    func socks(text: String, version: SOCKSVersion) throws {
        let proxy = try ProxyAddress(text)
        #expect(proxy.kind == .socks(version) && proxy.host == .name("p.example") && proxy.port == 1080)
    }

    @Test("Version 4 has no words for IPv6 addresses, nor for every user")
    func withoutWords() throws {
        let old = try ProxyAddress("socks4://h:1080")
        let problem = #expect(throws: ProxyAddress.Problem.self) { try single("[2001:db8::1]:22").through(old) }
        #expect(
            problem?.description
                == "SOCKS 4 has no words for 2001:db8::1: it knows names and IPv4 addresses; try socks5://")
        #expect(try single("web.example:22").through(old).request?.origin?.proxy == .socks(.four))
        #expect(throws: ProxyAddress.Problem.self) {
            try single("192.0.2.1:22").through(ProxyAddress("socks4://a%00b@h:1080"))
        }
        let missing = #expect(throws: ProxyAddress.Problem.self) { try ProxyAddress("socks5://h") }
        #expect(missing?.description == "say the proxy's port: socks5://h:PORT (1080 is usual)")
    }

    @Test("Credentials are read, and are in no complaint")
    func credentials() throws {
        let proxy = try ProxyAddress("http://Aladdin:open%20sesame@[2001:db8::1]:8080")
        #expect(proxy.login == ProxyLogin(user: Array("Aladdin".utf8), password: Array("open sesame".utf8)))
        #expect(proxy.host == .address(try #require(IPAddress("2001:db8::1"))))
        #expect(try ProxyAddress("a%zz%4:b@h:1").login?.user == Array("a%zz%4".utf8))
        #expect(try ProxyAddress("a:b:c@h:1").login?.password == Array("b:c".utf8))
        #expect(try ProxyAddress("a@h:1").login == ProxyLogin(user: Array("a".utf8), password: []))
        let problem = #expect(throws: ProxyAddress.Problem.self) { try ProxyAddress("user:secret@host") }
        #expect(problem?.description.contains("secret") == false)
    }

    @Test(
        "What is no proxy that is spoken to is told",
        arguments: [
            "socks6://h:1", "ftp://h:1", "h", "http://h", "", "h:0", "h:1,2", "h:70000", "10.0.0.0/24:1", "h:1/udp",
            "http://", "@", "a b:1",
        ])
    func problems(text: String) {
        #expect(throws: ProxyAddress.Problem.self) { try ProxyAddress(text) }
    }

    private func source(_ target: String, _ values: [String: String]) throws -> String? {
        try ProxyChoice.environment(values).proxy(for: single(target))?.source
    }

    @Test("The environment is read as applications read it")
    func environment() throws {
        let all = [
            "http_proxy": "http://a:1", "HTTP_PROXY": "http://evil:1", "HTTPS_PROXY": "http://b:2", "all_proxy": "c:3",
        ]
        #expect(try source("http://web.example/", all) == "http_proxy")
        #expect(try source("https://web.example/", all) == "HTTPS_PROXY")
        #expect(try source("http://web.example/", ["HTTP_PROXY": "http://evil:1"]) == nil)
        #expect(try source("https://web.example/", ["ALL_PROXY": "socks5h://c:3", "https_proxy": ""]) == "ALL_PROXY")
        // Applications that speak something else do not read it.
        for target in ["web.example:443", "tls://web.example", "udp://web.example:53"] {
            #expect(try source(target, all) == nil)
        }
        let problem = #expect(throws: ProxyAddress.Problem.self) {
            try source("https://web.example/", ["https_proxy": "quic://x:1"])
        }
        #expect(problem?.description.hasSuffix("(--no-proxy asks directly)") == true)
    }

    @Test(
        "Loopback and what no_proxy lists are asked directly",
        arguments: [
            ("https://web.example/", "example", true), ("https://web.example/", ".example", true),
            ("https://web.example/", "web.example, other", true), ("https://webexample/", "example", false),
            ("https://web.example/", "*", true), ("https://web.example/", "", false),
            ("https://WEB.example/", "web.EXAMPLE", true),
            ("https://192.0.2.1/", "192.0.2.1", true), ("https://192.0.2.10/", "192.0.2.1", false),
            ("https://127.0.0.1/", "", true), ("https://[::1]/", "", true), ("https://localhost/", "", true),
        ])
    func exceptions(target: String, list: String, isDirect: Bool) throws {
        let values = ["https_proxy": "http://p:1", "no_proxy": list]
        #expect(try source(target, values) == (isDirect ? nil : "https_proxy"))
    }

    @Test("Through a proxy packets go to it, and the request names the target")
    func through() throws {
        let proxy = try ProxyAddress("u:p@proxy.example:3128")
        let web = try single("https://web.example:8443/a").through(proxy)
        #expect(web.host == .name("proxy.example") && web.port == 3128 && web.input == "https://web.example:8443/a")
        #expect(web.request?.origin == .init(host: "web.example", port: 8443, login: proxy.login))
        #expect(web.request?.path == "/a" && web.request?.usesTLS == true)
        let plain = try single("192.0.2.1:22").through(proxy)
        #expect(
            plain.request?.usesTLS == false && plain.request?.path == nil && plain.request?.origin?.host == "192.0.2.1")
        // -x means every TCP target.
        #expect(try ProxyChoice.always(proxy).proxy(for: single("127.0.0.1:22"))?.address == proxy)
        #expect(try ProxyChoice.always(proxy).proxy(for: single("192.0.2.1:53/udp")) == nil)
        #expect(try ProxyChoice.none.proxy(for: single("https://web.example/")) == nil)
    }
}
