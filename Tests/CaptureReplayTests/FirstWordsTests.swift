import Conversations
import Diagnosis
import PacketWire
import StallpointTestKit
import Testing

@testable import CaptureReplay

/// Who speaks first, in which words, and what is no answer at all: read from packets as a probe hears it.
struct FirstWordsTests {
    private func facts(_ diagnosis: TargetDiagnosis) -> [String] { diagnosis.evidence.map(\.fact) }

    // MARK: The server first

    @Test(
        "A server's greeting is told, and a refusal is one",
        arguments: [
            (25, "220 mail.lab ESMTP\r\n", "SMTP", false), (25, "554 not for you\r\n", "SMTP", true),
            (21, "220 ready\r\n", "FTP", false), (110, "-ERR later\r\n", "POP3", true),
            (143, "* OK ready\r\n", "IMAP", false), (143, "* BYE too many\r\n", "IMAP", true),
            (5900, "RFB 003.008\n", "VNC", false),
        ] as [(UInt16, String, String, Bool)])
    func greetings(_ port: UInt16, _ text: String, _ service: String, _ refuses: Bool) throws {
        let diagnosis = try ConnectionScript.opened(port) { connection in
            connection.server(Array(text.utf8))
            connection.finish(byClient: !refuses)
        }
        #expect(facts(diagnosis).contains { $0.hasPrefix("the server greets, in \(service): '") })
        #expect(diagnosis.verdict == (refuses ? .interfered : .open))
        #expect(diagnosis.mechanism == (refuses ? .permission : nil))
        if refuses { #expect(diagnosis.actor == ConnectionScript.server && diagnosis.stage == .application) }
    }

    @Test("What comes after the client spoke is an answer, and no greeting")
    func answers() throws {
        for (port, question, answer) in [
            (25, "nonsense\r\n", "554 not for you\r\n"), (6_379, "PING\r\n", "-ERR operation not permitted\r\n"),
        ] as [(UInt16, String, String)] {
            let diagnosis = try ConnectionScript.opened(port) { connection in
                connection.client(Array(question.utf8))
                connection.server(Array(answer.utf8))
                connection.finish(byClient: true)
            }
            #expect(!facts(diagnosis).contains { $0.hasPrefix("the server greets") }, "\(diagnosis.summary)")
            #expect(diagnosis.verdict == .open)
        }
    }

    @Test("A database that does not know the client says so in its own protocol")
    func database() throws {
        let refusal: [UInt8] = [15, 0, 0, 0, 0xFF, 0x6A, 4] + Array("Host is not".utf8)
        let diagnosis = try ConnectionScript.opened(3306) { connection in
            connection.server(refusal)
            connection.finish(byClient: false)
        }
        #expect(diagnosis.mechanism == .permission && diagnosis.summary.contains("Host is not"))
    }

    @Test(
        "What a port's service does not say refuses with the end behind it, and so does an error anywhere",
        arguments: [
            (22, "Not allowed at this time\r\n", Mechanism.closedByPeer), (21, "who?\r\n", .closedByPeer),
            (2_525, "554 not for you\r\n", .permission), (2_121, "421 too many\r\n", .permission),
            (6_379, "-DENIED Redis is running in protected mode\r\n", .permission), (8_607, "Hello\r\n", nil),
        ] as [(UInt16, String, Mechanism?)])
    func partingWords(_ port: UInt16, _ text: String, _ mechanism: Mechanism?) throws {
        let closed = try ConnectionScript.opened(port) { connection in
            connection.server(Array(text.utf8))
            connection.finish(byClient: false)
        }
        #expect(closed.mechanism == mechanism)
        #expect(closed.verdict == (mechanism == nil ? .open : .interfered))
        let kept = try ConnectionScript.opened(port) { connection in
            connection.server(Array(text.utf8))
            connection.finish(byClient: true)
        }
        #expect(kept.verdict == (text.hasPrefix("-DENIED") ? .interfered : .open), "\(kept.summary)")
    }

    @Test("PostgreSQL refuses behind the client's first words")
    func postgreSQL() throws {
        let fields = Array("SFATAL\0C28000\0Mno pg_hba.conf entry for host\0\0".utf8)
        let diagnosis = try ConnectionScript.opened(5_432) { connection in
            connection.client([0, 0, 0, 9, 0, 3, 0, 0, 0])
            connection.server([0x45, 0, 0, 0, UInt8(fields.count + 4)] + fields)
            connection.finish(byClient: false)
        }
        #expect(diagnosis.mechanism == .permission && diagnosis.summary.contains("no pg_hba.conf entry"))
    }

    private static let encryptionRequest: [UInt8] = [0, 0, 0, 8, 0x04, 0xD2, 0x16, 0x2F]

    @Test("PostgreSQL says no to TLS, and to the client that goes on without")
    func postgreSQLWithoutTLS() throws {
        let fields = Array("SFATAL\0C28000\0Mno pg_hba.conf entry, no encryption\0\0".utf8)
        let refused = try ConnectionScript.opened(5_432) { connection in
            connection.client(Self.encryptionRequest)
            connection.server(Array("N".utf8))
            connection.client([0, 0, 0, 9, 0, 3, 0, 0, 0])
            connection.server([0x45, 0, 0, 0, UInt8(fields.count + 4)] + fields)
            connection.finish(byClient: false)
        }
        #expect(refused.mechanism == .permission && refused.summary.contains("no encryption"))
        let open = try ConnectionScript.opened(5_432) { connection in
            connection.client(Self.encryptionRequest)
            connection.server(Array("N".utf8))
            connection.finish(byClient: true)
        }
        #expect(open.verdict == .open)
    }

    @Test("TLS behind PostgreSQL's yes is TLS", arguments: [true, false])
    func postgreSQLWithTLS(isReset: Bool) throws {
        let diagnosis = try ConnectionScript.opened(5_432) { connection in
            connection.client(Self.encryptionRequest)
            connection.server(Array("S".utf8))
            connection.client(TestHello(name: "db.lab").bytes)
            if isReset { connection.reset(byClient: false) } else { connection.server([21, 3, 3, 0, 2, 2, 40]) }
        }
        #expect(diagnosis.verdict == .interfered && diagnosis.stage == .tls)
        #expect(diagnosis.mechanism == (isReset ? .tcpReset : .tlsAlert))
        #expect(facts(diagnosis).contains { $0.hasPrefix("TLS ClientHello for db.lab") })
    }

    @Test("One byte of a server that nobody asked about TLS is no answer to that")
    func oneByte() throws {
        let diagnosis = try ConnectionScript.opened(5_432) { connection in
            connection.server(Array("N".utf8))
            connection.client(TestHello(name: "db.lab").bytes)
            connection.finish(byClient: true)
        }
        #expect(diagnosis.verdict == .open)
    }

    @Test(
        "A service that speaks first and does not is waited for as long as a probe waits",
        arguments: [
            (22, 3_200, true), (22, 1_000, false), (25, 3_200, false), (25, 8_000, true), (443, 9_000, false),
        ] as [(UInt16, Int64, Bool)])
    func silence(_ port: UInt16, _ milliseconds: Int64, _ isMissing: Bool) throws {
        let diagnosis = try ConnectionScript.opened(port) { connection in
            connection.wait(milliseconds)
            connection.finish(byClient: true)
        }
        #expect(diagnosis.verdict == (isMissing ? .interfered : .open))
        guard isMissing else { return }
        // The server's kernel resets what comes after it has closed, and a reset bears no acknowledgement.
        let late = try ConnectionScript.opened(port) { connection in
            connection.wait(milliseconds)
            connection.finish(byClient: true)
            connection.lateReset()
        }
        #expect(late.mechanism == .noReply)
        #expect(diagnosis.mechanism == .noReply && diagnosis.confidence == .weak)
        // A server that closes has said something, and one that was heard has.
        let closed = try ConnectionScript.opened(port) { connection in
            connection.wait(milliseconds)
            connection.finish(byClient: false)
        }
        #expect(closed.mechanism != .noReply)
    }

    // MARK: To TLS

    @Test(
        "A list that somebody wrote over matters to whoever ends there; one without TLS need not",
        arguments: [
            // A monitor asks for no more; only a saved probe is known to have wanted it.
            ("250-mail\r\n250 SIZE\r\n", nil, Verdict.open, Mechanism?.none),
            ("250-mail\r\n250-XXXXXXXA\r\n250 SIZE\r\n", nil, .interfered, .alteredInTransit),
            ("250-mail\r\n250 SIZE\r\n", "MAIL FROM:<a@b>\r\n", .open, nil),
            ("250-mail\r\n250 STARTTLS\r\n", nil, .open, nil),
            ("250-mail\r\n250 STARTTLS\r\n", "STARTTLS\r\n", .interfered, .permission),
        ] as [(String, String?, Verdict, Mechanism?)])
    func offers(_ list: String, _ next: String?, _ verdict: Verdict, _ mechanism: Mechanism?) throws {
        let diagnosis = try ConnectionScript.opened(25) { connection in
            connection.server(Array("220 mail.lab\r\n".utf8))
            connection.client(Array("EHLO me\r\n".utf8))
            connection.server(Array(list.utf8))
            if let next {
                connection.client(Array(next.utf8))
                connection.server(Array("454 not now\r\n".utf8))
            }
            connection.finish(byClient: true)
        }
        #expect(diagnosis.verdict == verdict && diagnosis.mechanism == mechanism, "\(diagnosis.summary)")
    }

    @Test("Behind the agreement it is TLS, and read as such")
    func upgraded() throws {
        let diagnosis = try ConnectionScript.opened(143) { connection in
            connection.server(Array("* OK ready\r\n".utf8))
            connection.client(Array("a CAPABILITY\r\n".utf8))
            connection.server(Array("* CAPABILITY STARTTLS\r\na OK\r\n".utf8))
            connection.client(Array("b STARTTLS\r\n".utf8))
            connection.server(Array("b OK\r\n".utf8))
            connection.client(TestHello().bytes)
            connection.server([21, 3, 3, 0, 2, 2, 40])
            connection.finish(byClient: false)
        }
        #expect(diagnosis.stage == .tls && diagnosis.mechanism == .tlsAlert)
        #expect(facts(diagnosis).contains { $0.hasPrefix("the server greets, in IMAP") })
        #expect(facts(diagnosis).contains { $0.hasPrefix("TLS ClientHello for web.lab") })
    }

    @Test(
        "TLS to a server that had something else to say",
        arguments: ["SSH-2.0-lab\r\n", "220 mail.lab\r\n", "220 ftp ready\r\n"])
    func tlsToOthers(_ greeting: String) throws {
        let diagnosis = try ConnectionScript.opened(22) { connection in
            connection.server(Array(greeting.utf8))
            connection.client(TestHello().bytes)
            connection.acknowledge(fromClient: false)
            connection.finish(byClient: true)
        }
        #expect(diagnosis.stage == .tls && diagnosis.mechanism == .protocolMismatch)
        #expect(diagnosis.summary.contains(greeting.prefix(3)))
    }

    @Test("A request to a server that had something else to say", arguments: ["SSH-2.0-lab\r\n", "220 mail.lab\r\n"])
    func requestsToOthers(_ greeting: String) throws {
        let diagnosis = try ConnectionScript.opened(3128) { connection in
            connection.server(Array(greeting.utf8))
            connection.client(Array("CONNECT web.lab:443 HTTP/1.1\r\n\r\n".utf8))
            connection.acknowledge(fromClient: false)
            connection.finish(byClient: true)
        }
        #expect(diagnosis.mechanism == .protocolMismatch && diagnosis.summary.contains("no HTTP proxy"))
    }

    // MARK: HTTP

    private func ask(_ request: String = "GET / HTTP/1.1\r\n\r\n", _ rest: (inout ConnectionScript) -> Void) throws
        -> TargetDiagnosis
    {
        try ConnectionScript.opened(80) { connection in
            connection.client(Array(request.utf8))
            rest(&connection)
        }
    }

    @Test(
        "What is no answer of HTTP is told by its first bytes",
        arguments: [
            ("GET / HTTP/1.1\r\n\r\n", [0x15, 3, 1, 0, 2, 2, 70], "speaks TLS"),
            ("GET / HTTP/1.1\r\n\r\n", Array("220 mail\r\n".utf8), "no HTTP server: '220 mail'"),
            ("CONNECT a:443 HTTP/1.1\r\n\r\n", Array("SSH-2.0-x\r\n".utf8), "no HTTP proxy: 'SSH-2.0-x'"),
            (
                "GET / HTTP/1.1\r\n\r\n",
                Array("HTTP/1.1 400 Bad\r\n\r\nThe plain HTTP request was sent to HTTPS port".utf8), "speaks TLS"
            ),
        ] as [(String, [UInt8], String)])
    func foreign(_ request: String, _ answer: [UInt8], _ words: String) throws {
        let diagnosis = try ask(request) { connection in
            connection.server(answer)
            connection.finish(byClient: false)
        }
        #expect(diagnosis.stage == .application && diagnosis.mechanism == .protocolMismatch)
        #expect(diagnosis.summary.contains(words), "\(diagnosis.summary)")
    }

    private static let page =
        "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<h1>Access to this site is blocked</h1>Zscaler"

    @Test("A page is read in whatever pieces it comes, and a filter's is told", arguments: [1, 10, 60, 1_000])
    func pages(_ size: Int) throws {
        func answer(_ text: String) throws -> TargetDiagnosis {
            try ask { connection in
                let bytes = Array(text.utf8)
                for start in stride(from: 0, to: bytes.count, by: size) {
                    connection.server(Array(bytes[start..<min(start + size, bytes.count)]))
                }
                connection.finish(byClient: false)
            }
        }
        let filtered = try answer(Self.page)
        #expect(filtered.verdict == .blocked && filtered.mechanism == .answeredByMiddlebox)
        #expect(try answer(Self.page.replacing("Zscaler", with: "Someone")).verdict == .open)
        // What is no page bears no marks.
        #expect(try answer(Self.page.replacing("text/html", with: "image/png")).verdict == .open)
        #expect(try answer("HTTP/1.1 403 No\r\n\r\n\(String(repeating: "x", count: 3_000))").verdict == .blocked)
    }

    @Test("An answer that begins and does not go on, and one of which the capture has only a part")
    func unfinished() throws {
        let stuck = try ask { connection in
            connection.server(Array("HTTP/1.1 200 OK\r\nDate".utf8))
            connection.wait(61_000)
            connection.finish(byClient: true)
        }
        #expect(stuck.mechanism == .noReply && stuck.summary.contains("21 bytes of its head"), "\(stuck.summary)")
        let waiting = try ask { connection in
            connection.server(Array("HTTP/1.1 200 OK\r\nDate".utf8))
            connection.wait(6_000)
            connection.finish(byClient: true)
        }
        #expect(waiting.verdict == .open)
        // The second of three segments is missing.
        var seen = 0
        var gap = ConnectionScript(to: ConnectionScript.server, 80)
        gap.handshake()
        gap.client(Array("GET / HTTP/1.1\r\n\r\n".utf8))
        for _ in 0..<3 { gap.server(Array("HTTP/1.1 200 OK\r\nDate".utf8)) }
        gap.acknowledge(fromClient: true)
        gap.wait(61_000)
        gap.finish(byClient: true)
        let withGap = gap.keeping { _, _ in
            seen += 1
            return seen != 6
        }
        #expect(try CaptureReplay(withGap.captureFile).diagnoses.first?.verdict == .open)
    }

    /// Of an answer in three segments, those of these lengths that came.
    @Test(
        "An answer whose full segments are missing, behind which a short one came",
        arguments: [
            ([1_460, 1_460, 200], [false, false, true], true), ([1_460, 1_460, 200], [true, false, true], false),
            ([1_460, 1_460, 1_460], [false, false, true], false), ([90, 90, 90], [false, false, true], false),
        ] as [([Int], [Bool], Bool)])
    func torso(_ lengths: [Int], _ came: [Bool], _ isHole: Bool) throws {
        for (port, request) in [(80, Array("GET / HTTP/1.1\r\n\r\n".utf8)), (443, TestHello().bytes)]
            as [(UInt16, [UInt8])]
        {
            var connection = ConnectionScript(to: ConnectionScript.server, port)
            connection.handshake()
            connection.client(request)
            connection.acknowledge(fromClient: false)
            let before = connection.frames.count
            for length in lengths { connection.server([UInt8](repeating: 22, count: length)) }
            connection.wait(6_000)
            var place = 0
            let seen = connection.keeping { _, _ in
                defer { place += 1 }
                return place < before || place >= before + 3 || came[place - before]
            }
            let diagnosis = try #require(CaptureReplay(seen.closedWithoutAcknowledging().captureFile).diagnoses.first)
            #expect((diagnosis.mechanism == .mtuBlackHole) == isHole, "\(port): \(diagnosis.summary)")
            if isHole { #expect(diagnosis.zones == [.returnPath, .destination] && diagnosis.confidence == .likely) }
        }
    }

    @Test("Any bytes for an answer, and nothing traps")
    func hostile() throws {
        var generator = SeededGenerator(seed: 11)
        for _ in 0..<300 {
            let diagnosis = try ask { connection in
                for _ in 0..<4 {
                    var bytes = Array(
                        "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 9\r\n\r\n<h1>".utf8)
                    let place = Int.random(in: 0..<bytes.count, using: &generator)
                    bytes[place] = UInt8.random(in: 0...255, using: &generator)
                    connection.server(Array(bytes.prefix(Int.random(in: 1...bytes.count, using: &generator))))
                }
            }
            #expect(diagnosis.target.port == 80)
        }
    }
}
