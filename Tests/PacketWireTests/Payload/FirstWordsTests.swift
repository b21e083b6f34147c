import StallpointTestKit
import Testing

@testable import PacketWire

/// How HTTP, SSH, QUIC, TLS and DNS begin.
struct FirstWordsTests {
    /// Macros cannot take a span.
    private static func read<Value>(_ bytes: [UInt8], _ body: (Span<UInt8>) -> Value?) -> Value? { body(bytes.span) }

    // MARK: HTTP

    @Test(
        "Requests",
        arguments: [
            ("GET / HTTP/1.1\r\nHost: example.lab\r\n\r\n", "GET", "/", "example.lab"),
            ("POST /a?b=c HTTP/1.0\nhOsT:\t x.lab:80\n\n", "POST", "/a?b=c", "x.lab:80"),
            ("CONNECT db.lab:5432 HTTP/1.1\r\nUser-Agent: x\r\n\r\nHost: behind\r\n", "CONNECT", "db.lab:5432", nil),
            ("GET /\u{1B}[2J HTTP/1.1\r\n\r\n", "GET", "/\\x1b[2J", nil),
            ("GET /cut/in/the/mid", "GET", "/cut/in/the/mid", nil),
            ("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "PRI", "*", nil),
        ] as [(String, String, String, String?)])
    func requests(_ text: String, _ method: String, _ target: String, _ host: String?) throws {
        let bytes = Array(text.utf8)
        let line = try #require(Self.read(bytes) { HTTPRequestLine(decoding: $0) })
        #expect(line.method.description == method && line.target.description == target)
        #expect(line.host?.description == host)
        #expect(line.isHTTP2 == (method == "PRI") && line.isConnect == (method == "CONNECT"))
    }

    @Test(
        "No requests",
        arguments: [
            "", "GET", "GET ", "get / HTTP/1.1\r\n", "GETX / HTTP/1.1\r\n", "GET / SIP/2.0\r\n", "GET /\r\n",
            "\0\0\0\0",
        ])
    func noRequests(_ text: String) {
        let bytes = Array(text.utf8)
        #expect(Self.read(bytes) { HTTPRequestLine(decoding: $0) } == nil)
    }

    @Test("A target without an end is cut")
    func longTarget() throws {
        let bytes = Array("GET /".utf8) + [UInt8](repeating: 0x61, count: 5_000)
        #expect(
            try #require(Self.read(bytes) { HTTPRequestLine(decoding: $0) }).target.bytes.count
                == HTTPRequestLine.longestKept)
    }

    @Test(
        "Answers",
        arguments: [
            ("HTTP/1.1 200 OK\r\n", 200, "OK"), ("HTTP/1.0 404\r\n", 404, ""),
            ("HTTP/1.1 503 Service Unavailable", 503, "Service Unavailable"),
            ("HTTP/1.1 100 Continue\r\n\r\n", 100, "Continue"), ("HTTP/1.1 101 \r\n", 101, ""),
            ("ICY 200 OK\r\nicy-name:x\r\n", 200, "OK"), ("ICY 401\r\n", 401, ""),
        ] as [(String, Int, String)])
    func answers(_ text: String, _ code: Int, _ reason: String) throws {
        let bytes = Array(text.utf8)
        let line = try #require(Self.read(bytes) { HTTPStatusLine(decoding: $0) })
        #expect(line.code == code && line.reason.description == reason && line.isInterim == (code == 100))
    }

    @Test(
        "No answers",
        arguments: [
            "", "HTTP/1.1 20", "HTTP/1.1 2x0 OK", "HTTP/1.1 099 x", "HTTP/1.1 2000", "HTTP/2 200 OK12", "ICY 20",
            "ICY 2000 OK", "ICY  200 OK",
        ])
    func noAnswers(_ text: String) {
        let bytes = Array(text.utf8)
        #expect(Self.read(bytes) { HTTPStatusLine(decoding: $0) } == nil)
    }

    // MARK: SSH

    @Test func identifications() throws {
        let bytes = Array("SSH-2.0-OpenSSH_9.2p1 Debian-2\r\nmore".utf8)
        let found = try #require(Self.read(bytes) { SSHIdentification(decoding: $0) })
        #expect(
            found.text.description == "SSH-2.0-OpenSSH_9.2p1 Debian-2" && found.protocolVersion.description == "2.0")
        let long = Array("SSH-2.0-".utf8) + [UInt8](repeating: 0x61, count: 300)
        #expect(Self.read(long) { SSHIdentification(decoding: $0) } == nil)
        let other = Array("Exceeded MaxStartups\r\n".utf8)
        #expect(Self.read(other) { SSHIdentification(decoding: $0) } == nil)
    }

    // MARK: QUIC

    private static func header(_ first: UInt8, _ version: UInt32, _ rest: [UInt8] = [8, 1, 2, 3, 4, 5, 6, 7, 8, 0, 0])
        -> [UInt8]
    {
        var bytes: [UInt8] = [first]
        bytes.append(bigEndian: version)
        return bytes + rest
    }

    @Test(
        "Long headers",
        arguments: [
            (0xC3, 1, .initial), (0xD0, 1, .zeroRTT), (0xE0, 1, .handshake), (0xF0, 1, .retry),
            (0xD0, 0x6B33_43CF, .initial), (0xC0, 0x6B33_43CF, .retry), (0xC0, 0xFF00_001D, .initial),
            (0xC0, 0x1A2A_3A4A, .unknown), (0xC0, 0x5130_3530, .unknown),
        ] as [(UInt8, UInt32, QUICLongHeader.Kind)])
    func longHeaders(_ first: UInt8, _ version: UInt32, _ kind: QUICLongHeader.Kind) throws {
        let bytes = Self.header(first, version)
        let header = try #require(Self.read(bytes) { QUICLongHeader(decoding: $0) })
        #expect(header.kind == kind && header.version == version && header.offeredVersions.isEmpty)
    }

    @Test func versionNegotiation() throws {
        let bytes = Self.header(0x80, 0, [0, 0, 0, 0, 0, 1, 0xFF, 0, 0, 0x1D])
        let header = try #require(Self.read(bytes) { QUICLongHeader(decoding: $0) })
        #expect(header.kind == .versionNegotiation)
        #expect(header.offeredVersions.map(QUICLongHeader.name) == ["version 1", "draft 29"])
    }

    @Test("What only looks like one")
    func noLongHeaders() {
        for bytes in [
            Self.header(0x43, 1), Self.header(0x83, 1), Self.header(0xC3, 0x1234_5678), Self.header(0xC3, 1, [21]),
            Self.header(0xC3, 1, [8, 1, 2]), Self.header(0x80, 0, [0, 0]), [], [0xC3],
        ] {
            #expect(Self.read(bytes) { QUICLongHeader(decoding: $0) } == nil, "\(bytes)")
        }
    }

    // MARK: TLS

    @Test("An outline says what the whole hello says")
    func outlines() throws {
        let hello = ClientHello(
            random: [UInt8](repeating: 7, count: 32), sessionID: [1, 2],
            cipherSuites: [TLSCipherSuite(rawValue: 0x1301)],
            extensions: [
                .padding(20), .serverName("example.lab"), .applicationProtocols(["h2", "http/1.1"]),
                .supportedVersions([TLSVersion(rawValue: 0x5A5A), .tls12, .tls13]),
            ])
        let bytes = hello.encoded()
        let outline = try HelloOutline(decoding: bytes.span)
        #expect(
            outline.serverName == hello.serverName && outline.applicationProtocol == hello.applicationProtocols.first)
        #expect(outline.version == .tls13 && outline.length == bytes.count && outline.cipherSuite == nil)
        for count in 0..<bytes.count {
            let cut = Array(bytes.prefix(count))
            #expect(throws: DecodeError.self) { try HelloOutline(decoding: cut.span) }
        }
    }

    // MARK: DNS

    @Test("Questions are the same whatever the case of their letters")
    func questions() throws {
        let name = try #require(DNSName("wWw.Example.lab"))
        let other = try #require(DNSName("www.example.LAB"))
        let query = DNSMessage.query(name, .a, identifier: 7).encoded()
        let answer = DNSMessage.query(other, .a, identifier: 7).response(.serverFailure).encoded()
        let (a, b) = (
            try #require(Self.read(query) { DNSOutline(decoding: $0) }),
            try #require(Self.read(answer) { DNSOutline(decoding: $0) })
        )
        #expect(a.questionHash == b.questionHash && a.identifier == 7 && !a.flags.isResponse && b.flags.isResponse)
        #expect(DNSQuestion(decoding: Array(query[a.question]))?.description == "wWw.Example.lab IN A")
        let aaaa = DNSMessage.query(name, .aaaa, identifier: 7).encoded()
        #expect(try #require(Self.read(aaaa) { DNSOutline(decoding: $0) }).questionHash != a.questionHash)
    }

    @Test("The room that a question states for its answer", arguments: [nil, 512, 4_096] as [UInt16?])
    func room(_ room: UInt16?) throws {
        let query = DNSMessage.query(.root, .ns, identifier: 7, edns: room.map { EDNS(payloadSize: $0) })
        let bytes = query.encoded()
        #expect(try #require(Self.read(bytes) { DNSOutline(decoding: $0) }).room(in: bytes.span) == room)
        // What is cut off states none.
        let cut = Array(bytes.dropLast(1))
        #expect(room == nil || Self.read(cut) { DNSOutline(decoding: $0) }?.room(in: cut.span) == nil)
    }

    @Test("A plain question is known on any port, and a message is whole or not")
    func plainQuestions() throws {
        let name = try #require(DNSName("www.lab"))
        let address = try #require(IPAddress("192.0.2.1"))
        func isPlain(_ bytes: [UInt8]) -> Bool { DNSOutline.isPlainQuestion(bytes.span) }
        func isWhole(_ bytes: [UInt8]) -> Bool { DNSOutline.isWhole(bytes.span) }
        let query = DNSMessage.query(name, .a, identifier: 7, edns: nil)
        #expect(isPlain(query.encoded()) && isPlain(DNSMessage.query(name, .a, identifier: 7).encoded()))
        #expect(!isPlain(query.response().encoded()) && !isPlain(query.encoded() + [0]))
        var odd = query
        odd.answers = [DNSRecord(name, address)]
        #expect(!isPlain(odd.encoded()))
        let answer = query.response(answers: [DNSRecord(name, address)]).encoded()
        #expect(isWhole(answer))
        for count in 0..<answer.count {
            let cut = Array(answer.prefix(count))
            #expect(!isWhole(cut) && !isPlain(cut))
        }
    }

    @Test("Of any bytes nothing traps, and what is read lies inside", arguments: [UInt64(1), 2, 3])
    func anyBytes(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let good: [[UInt8]] = [
            Array("GET / HTTP/1.1\r\nHost: x\r\n\r\n".utf8), Array("HTTP/1.1 200 OK\r\n".utf8), Self.header(0xC3, 1),
            DNSMessage.query(try #require(DNSName("a.lab")), .a, identifier: 1).encoded(),
            ClientHello(random: [], cipherSuites: [], extensions: [.serverName("x")]).encoded(),
        ]
        for _ in 0..<4_000 {
            var bytes = good[Int.random(in: 0..<good.count, using: &random)]
            for _ in 0..<Int.random(in: 0...3, using: &random) where !bytes.isEmpty {
                bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            bytes = Array(bytes.prefix(Int.random(in: 0...bytes.count, using: &random)))
            if let outline = Self.read(bytes, { DNSOutline(decoding: $0) }) {
                #expect(outline.question.upperBound <= bytes.count)
            }
            _ = (DNSOutline.isWhole(bytes.span), DNSOutline.isPlainQuestion(bytes.span))
            _ = Self.read(bytes) { HTTPRequestLine(decoding: $0) }
            _ = Self.read(bytes) { HTTPStatusLine(decoding: $0) }
            _ = Self.read(bytes) { SSHIdentification(decoding: $0) }
            _ = Self.read(bytes) { QUICLongHeader(decoding: $0) }
            if let hello = try? HelloOutline(decoding: bytes.span) { #expect(hello.length <= bytes.count) }
        }
    }
}
