import Diagnosis
import PacketWire
import Probing
import Testing

struct TargetSpecificationTests {
    @Test(
        "Every form of the contract is understood",
        arguments: [
            ("db.lab:5432", ["db.lab 5432 tcp"]),
            ("db.lab", ["db.lab 443 tcp"]),
            ("db.lab.:22", ["db.lab. 22 tcp"]),
            ("192.0.2.1:22,80,8000-8002", ["22", "80", "8000", "8001", "8002"].map { "192.0.2.1 \($0) tcp" }),
            ("192.0.2.1:80,80", ["192.0.2.1 80 tcp"]),
            ("[2001:db8::1]:443", ["2001:db8::1 443 tcp"]),
            ("[2001:db8::1]", ["2001:db8::1 443 tcp"]),
            ("2001:db8::1", ["2001:db8::1 443 tcp"]),
            ("192.0.2.1:53/udp", ["192.0.2.1 53 udp"]),
            ("192.0.2.1:53/TCP", ["192.0.2.1 53 tcp"]),
            ("tcp://db.lab:5432", ["db.lab 5432 tcp"]),
            ("udp://[2001:db8::1]:53", ["2001:db8::1 53 udp"]),
            ("quic://db.lab", ["db.lab 443 udp"]),
            ("quic://[2001:db8::1]:8443", ["2001:db8::1 8443 udp"]),
            ("ssh://db.lab", ["db.lab 22 tcp"]),
            ("SSH://root@[2001:db8::1]:2222/", ["2001:db8::1 2222 tcp"]),
            ("postgres://user:secret@db.lab/shop?sslmode=require", ["db.lab 5432 tcp"]),
            ("redis://:secret@192.0.2.1:6380/0", ["192.0.2.1 6380 tcp"]),
            ("ldaps://db.lab", ["db.lab 636 tcp"]),
            ("ws://db.lab/chat", ["db.lab 80 tcp"]),
            ("wss://db.lab/chat", ["db.lab 443 tcp"]),
            ("ntp://db.lab", ["db.lab 123 udp"]),
            ("192.0.2.0/30:22", ["192.0.2.1 22 tcp", "192.0.2.2 22 tcp"]),
            ("192.0.2.77/31:22", ["192.0.2.76 22 tcp", "192.0.2.77 22 tcp"]),
            ("192.0.2.77/32:22", ["192.0.2.77 22 tcp"]),
            ("my_host-1:1", ["my_host-1 1 tcp"]),
        ])
    func readsTargets(_ input: String, _ expected: [String]) throws {
        let specification = try TargetSpecification(input)
        let singles = specification.singles.map { single in
            let host =
                switch single.host {
                case .name(let name): name
                case .address(let address): address.description
                }
            return "\(host) \(single.port) \(single.transport.rawValue)"
        }
        #expect(singles == expected)
    }

    @Test("A service's own way to say where it is: whether TLS comes first, and nothing of who logs in")
    func services() throws {
        let plain = try #require(try TargetSpecification("postgres://user:secret@db.lab/shop").singles.first)
        #expect(plain.input == "postgres://db.lab" && plain.request == nil)
        let secure = try #require(try TargetSpecification("ldaps://db.lab/dc=example").singles.first)
        #expect(secure.request == ApplicationRequest(usesTLS: true))
        let socket = try #require(try TargetSpecification("wss://db.lab/chat?room=1").singles.first)
        #expect(socket.request == ApplicationRequest(usesTLS: true, path: "/chat?room=1"))
        #expect(try TargetSpecification("ws://db.lab").singles.first?.request?.usesTLS == false)
        // Where somebody is logged in there is no place for that, and no password in the complaint.
        for text in ["https://user:secret@db.lab/", "gopher://user:secret@db.lab", "user:secret@db.lab:22"] {
            let problem = try #require(throws: TargetSpecification.Problem.self) { try TargetSpecification(text) }
            #expect(!problem.description.contains("secret") && problem.description.contains("@db.lab"))
        }
    }

    @Test(
        "The host of a URL ends where its path, its query or its fragment begins: RFC 3986 section 3.2",
        arguments: [
            ("http://db.lab?q=1", "/?q=1"), ("http://db.lab#top", "/"), ("https://db.lab:8443/a?b#c", "/a?b"),
            ("http://[2001:db8::1]?q", "/?q"), ("http://db.lab/@me", "/@me"),
        ])
    func readsPaths(_ input: String, _ path: String) throws {
        #expect(try TargetSpecification(input).singles.first?.request?.path == path)
    }

    @Test(
        "A name in another script is the one that DNS has, where somebody can say it",
        arguments: ["https://bücher.example/", "bücher.example:443", "dns://192.0.2.1/bücher.example"])
    func readsOtherScripts(_ input: String) throws {
        var asked: [String] = []
        let specification = try TargetSpecification(input) { name in
            asked.append(name)
            return "xn--bcher-kva.example"
        }
        let single = try #require(specification.singles.first)
        #expect(asked == ["bücher.example"] && single.input == input)
        if single.transport == .tcp {
            #expect(single.host == .name("xn--bcher-kva.example") && single.port == 443)
        } else {
            #expect(single.service == .dns(asking: DNSQuestion(DNSName("xn--bcher-kva.example")!, .a)))
        }
        #expect(throws: TargetSpecification.Problem.self) { try TargetSpecification("bücher.example") { _ in "a b" } }
    }

    @Test(
        "What cannot be taken is named",
        arguments: [
            ("http://me:secret@db.lab/", "password"), ("me@db.lab:22", "password"), ("bücher.example:443", "xn--"),
            ("db.lab:https", "number, 443"), ("db.lab:22,smtp", "number, 25"), ("db.lab:nosuch", "write its number"),
            ("5432", "HOST:5432"), ("0", "IPv4"), ("70000", "IPv4"),
            ("db.lab/443", "HOST:PORT"), ("tcp/443", "HOST:PORT"),
            ("tls://db.lab/path", "path"), ("quic://db.lab:443/x", "path"),
        ])
    func namesWhatIsWrong(_ input: String, _ word: String) {
        do throws(TargetSpecification.Problem) {
            _ = try TargetSpecification(input)
            Issue.record("it was taken")
        } catch {
            #expect(error.reason.contains(word))
        }
    }

    @Test(
        "An address that nobody has is the one that the kernel connects to",
        arguments: [
            ("[::ffff:203.0.113.10]:443", "203.0.113.10"), ("[::]:80", "::1"), ("0.0.0.0:80", "127.0.0.1"),
            ("[::ffff:0.0.0.0]:80", "127.0.0.1"), ("[::2]:80", "::2"),
        ])
    func readsOddAddresses(_ input: String, _ address: String) throws {
        #expect(try TargetSpecification(input).singles.map(\.host) == [.address(IPAddress(address)!)])
    }

    @Test(
        "A zone names the link of a link-local address: RFC 4007 section 11, RFC 6874",
        arguments: [
            ("[fe80::1%eth0]:80", "eth0", 80), ("[fe80::1%25eth0]:80", "eth0", 80), ("fe80::1%eth0", "eth0", 443),
            ("http://[fe80::1%25br-lan.7]/a%20b", "br-lan.7", 80), ("[fe80::1%2]", "2", 443),
            ("[fe80::1%25]", "25", 443), ("udp://[fe80::1%lo]:53", "lo", 53),
        ] as [(String, String, UInt16)])
    func readsZones(_ input: String, _ zone: String, _ port: UInt16) throws {
        let single = try #require(try TargetSpecification(input).singles.first)
        #expect(single.host == .address(IPAddress("fe80::1")!) && single.zone == zone && single.port == port)
    }

    @Test(
        "A zone goes with nothing else",
        arguments: [
            "[2001:db8::1%eth0]:80", "192.0.2.1%eth0", "db.lab%eth0:80", "[fe80::1%]:80", "[fe80::1%a/b]:80",
            "[fe80::1%sixteen-letters-]:80", "[fe80::%eth0/64]:80", "%", "[%eth0]", "[fe80::1%e%0]",
        ])
    func refusesZones(_ input: String) {
        #expect(throws: TargetSpecification.Problem.self) { try TargetSpecification(input) }
    }

    @Test("An IPv6 network is counted from its first address")
    func readsIPv6Network() throws {
        let specification = try TargetSpecification("[2001:db8::ff/126]:22")
        #expect(specification.singles.map(\.host).first == .address(IPAddress("2001:db8::fc")!))
        #expect(specification.singles.count == 4)
    }

    @Test(
        "What a DNS server is asked: RFC 4501",
        arguments: [
            ("dns://192.0.2.53", "192.0.2.53:53 . IN NS"),
            ("dns://192.0.2.53/", "192.0.2.53:53 . IN NS"),
            ("dns://192.0.2.53/db.lab", "192.0.2.53:53 db.lab IN A"),
            ("DNS://192.0.2.53:5353/DB.lab.?type=aaaa", "192.0.2.53:5353 DB.lab IN AAAA"),
            ("dns://[2001:db8::53]/a.b?class=IN;type=TYPE65", "[2001:db8::53]:53 a.b IN HTTPS"),
            ("dns://ns.lab/_sip._udp.lab?type=SRV", "ns.lab:53 _sip._udp.lab IN SRV"),
            ("dns://192.0.2.53/24.", "192.0.2.53:53 24 IN A"),
        ])
    func readsQuestions(_ input: String, _ expected: String) throws {
        let single = try #require(TargetSpecification(input).singles.first)
        let host =
            switch single.host {
            case .name(let name): "\(name):\(single.port)"
            case .address(let address): Endpoint(address, single.port).description
            }
        #expect(single.transport == .udp && single.request == nil)
        #expect("\(host) \(try #require(single.service?.asked))" == expected)
    }

    @Test(
        "What DNS cannot be asked",
        arguments: [
            "dns://192.0.2.53/a..b", "dns://192.0.2.53/db.lab?type=NO", "dns://192.0.2.53/db.lab?x=1",
            "dns://192.0.2.53/caf%C3%A9", "dns://192.0.2.53/caf\u{E9}", "dns:///db.lab",
            "dns://192.0.2.53/db.lab?class=CH", "dns://192.0.2.53/db.lab?type=OPT",
            "dns://192.0.2.53/db.lab?type=A;type=MX",
            // A network, a port and a transport behind any other target.
            "dns://192.0.2.0/24", "dns://192.0.2.53/udp", "dns://192.0.2.53/TCP",
        ])
    func refusesQuestions(_ input: String) {
        #expect(throws: TargetSpecification.Problem.self) { try TargetSpecification(input) }
    }

    @Test(
        "What is said behind the handshake",
        arguments: [
            ("tls://host", 443, ApplicationRequest(usesTLS: true)),
            ("smtp://host", 25, .init(usesTLS: true, upgrade: .smtp)),
            ("imap://host/", 143, .init(usesTLS: true, upgrade: .imap)),
            ("POP3://host:1100", 1_100, .init(usesTLS: true, upgrade: .pop3)),
            ("tls://host:853/", 853, .init(usesTLS: true)),
            ("https://host", 443, .init(usesTLS: true, path: "/")),
            ("HTTPS://host:8443/a/b?c=d#e", 8443, .init(usesTLS: true, path: "/a/b?c=d")),
            ("http://host", 80, .init(usesTLS: false, path: "/")),
            ("http://[2001:db8::1]:8080/x", 8080, .init(usesTLS: false, path: "/x")),
            ("host:443", 443, nil), ("tcp://host:80", 80, nil),
        ] as [(String, UInt16, ApplicationRequest?)])
    func readsRequests(_ input: String, _ port: UInt16, _ request: ApplicationRequest?) throws {
        let single = try #require(try TargetSpecification(input).singles.first)
        #expect(single.port == port && single.request == request && single.transport == .tcp)
    }

    @Test(
        "What cannot be read is refused in one line that names it",
        arguments: [
            "", ":", ":22", "host:", "host:0", "host:70000", "host:65536", "host:99999999999999999999", "host:-1",
            "host:22-", "host:80-22", "host:22,,80", "host:ssh", "host:22/sctp", "host:22/", "[::1", "[::1]22",
            "[192.0.2.1]:22", "2001:db8::1:zz:22", "::1:22", "2001:db8::1:443", "1.2.3", "1.2.3.4.5:22", "256.1.1.1:22",
            "gopher://host:70",
            "https://", "https://host:1/ b", "tls://host/path", "tcp://host:22/udp", "10.0.0.0/8:22", "10.0.0.0/33:22",
            "10.0.0.0/x:22",
            "2001:db8::/64:22", "ho st:22", "host\u{1B}[31m:22", "-:22\n", "a..b:22",
            String(repeating: "a", count: 300) + ":22",
        ])
    func refusesOthers(_ input: String) {
        #expect {
            _ = try TargetSpecification(input)
        } throws: { error in
            guard let problem = error as? TargetSpecification.Problem else { return false }
            let text = problem.description
            return !text.isEmpty && !text.unicodeScalars.contains { $0.value < 0x20 || $0.value == 0x7F }
        }
    }

    @Test("A range is bounded before it is made")
    func boundsRanges() {
        #expect(throws: TargetSpecification.Problem.self) { try TargetSpecification("192.0.2.0/24:1-65535") }
        #expect(throws: TargetSpecification.Problem.self) { try TargetSpecification("host:1-65535") }
    }
}
