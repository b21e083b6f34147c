import Conversations
import Diagnosis
import PacketWire
import StallpointTestKit
import Testing

@testable import CaptureReplay

/// What the first words of an application add to the verdict on its connection.
struct ApplicationHintTests {
    // MARK: TLS

    private static func clientHello(_ name: NetworkText = "example.lab", padding: Int = 0) -> [UInt8] {
        var bytes: [UInt8] = []
        ClientHello(
            random: [], cipherSuites: [TLSCipherSuite(rawValue: 0x1301)],
            extensions: [
                .serverName(name), .applicationProtocols(["h2"]), .supportedVersions([.tls13, .tls12]),
                .padding(padding),
            ]
        ).encode(into: &bytes)
        return bytes
    }

    private static let serverHello: [UInt8] = {
        var hello: [UInt8] = [3, 3] + [UInt8](repeating: 9, count: 32) + [0, 0x13, 0x01, 0]
        hello += [0, 6, 0, 43, 0, 2, 3, 4]
        let message: [UInt8] = [2, 0, 0, UInt8(hello.count)] + hello
        return [22, 3, 3, 0, UInt8(message.count)] + message
    }()
    private static let changeCipherSpec: [UInt8] = [20, 3, 3, 0, 1, 1]
    private static let encrypted: [UInt8] = [23, 3, 3, 0, 4, 1, 2, 3, 4]
    private static func alert(_ level: UInt8, _ code: UInt8) -> [UInt8] { [21, 3, 3, 0, 2, level, code] }

    private func tls(_ rest: (inout ConnectionScript) -> Void) throws -> TargetDiagnosis {
        var connection = ConnectionScript()
        connection.handshake()
        connection.client(Self.clientHello())
        rest(&connection)
        return try connection.onlyDiagnosis
    }

    @Test("A handshake that comes to its end is open, and says for whom it was")
    func secured() throws {
        let diagnosis = try tls { connection in
            connection.server(Self.serverHello + Self.changeCipherSpec + Self.encrypted)
            connection.client(Self.changeCipherSpec + Self.encrypted)
            connection.finish(byClient: true)
        }
        #expect(diagnosis.verdict == .open && diagnosis.timing.tls == .milliseconds(10))
        #expect(diagnosis.factTexts.contains("TLS ClientHello for example.lab, up to TLS 1.3, ALPN h2"))
        #expect(diagnosis.factTexts.contains { $0.hasPrefix("TLS ServerHello: TLS 1.3") })
    }

    @Test("A hello in pieces, out of which one came twice, is one hello", arguments: [1, 7, 100, 1_000])
    func pieces(size: Int) throws {
        var connection = ConnectionScript()
        connection.handshake()
        let hello = Self.clientHello(padding: 2_000)
        for start in stride(from: 0, to: hello.count, by: max(size, hello.count / 60)) {
            let piece = Array(hello[start..<min(start + max(size, hello.count / 60), hello.count)])
            connection.client(piece)
            if start == 0 { connection.repeatLast() }
        }
        connection.server(Self.serverHello)
        let diagnosis = try connection.onlyDiagnosis
        #expect(diagnosis.factTexts.contains("TLS ClientHello for example.lab, up to TLS 1.3, ALPN h2"))
    }

    @Test(
        "An alert ends it: by whom, and what it means",
        arguments: [
            (false, 2, 40, "no cipher, group or parameter suits both"), (false, 1, 40, "no cipher"),
            (false, 2, 70, "no version suits both"), (false, 2, 112, "the server knows no such name"),
            (true, 2, 48, "the server's certificate is from nobody that it trusts"),
            (false, 2, 116, "the client must show a certificate"),
            (true, 2, 20, "altered, or other keys"), (true, 2, 50, "it does not understand what it got"),
            (false, 2, 50, "it does not understand what it got"),
        ] as [(Bool, UInt8, UInt8, String)])
    func alerts(_ byClient: Bool, _ level: UInt8, _ code: UInt8, _ meaning: String) throws {
        let diagnosis = try tls { connection in
            if byClient {
                connection.server(Self.serverHello)
                connection.client(Self.alert(level, code))
            } else {
                connection.server(Self.alert(level, code))
            }
            connection.finish(byClient: byClient)
        }
        #expect(diagnosis.verdict == .interfered && diagnosis.stage == .tls && diagnosis.mechanism == .tlsAlert)
        #expect(
            diagnosis.summary.contains(meaning) && diagnosis.summary.contains("example.lab"), "\(diagnosis.summary)")
        #expect(diagnosis.actor == (byClient ? nil : ConnectionScript.server))
        // What a client cannot make sense of may have been altered on its way back.
        #expect(diagnosis.zones.contains(.returnPath) == (byClient && [20, 50].contains(code)))
    }

    @Test("Warnings that end nothing, and the goodbye, are none")
    func harmlessAlerts() throws {
        for bytes in [Self.alert(1, 0), Self.alert(1, 112)] {
            let diagnosis = try tls { connection in
                connection.server(bytes)
                connection.wait(1)
            }
            #expect(diagnosis.verdict == .open)
        }
    }

    @Test("A reset upon the hello may be the server's, or a box's that reads names")
    func resetUponHello() throws {
        let same = try tls { $0.reset(byClient: false) }
        #expect(same.verdict == .interfered && same.stage == .tls && same.mechanism == .tcpReset)
        #expect(same.zones == [.destination, .path] && same.summary.contains("from as far away as the SYN-ACK"))
        let nearer = try tls { $0.reset(byClient: false, timeToLive: 63) }
        #expect(nearer.zones == [.path] && nearer.confidence == .strong && nearer.lookAlikes.isEmpty)
    }

    @Test("A hello that nobody answers, and one that may still be answered")
    func silence() throws {
        let silent = try tls { connection in
            connection.acknowledge(fromClient: false)
            connection.wait(8_000)
            connection.finish(byClient: true)
        }
        #expect(silent.verdict == .interfered && silent.stage == .tls && silent.mechanism == .noReply)
        #expect(silent.zones == [.destination, .path, .returnPath])
        let waiting = try tls { $0.acknowledge(fromClient: false) }
        #expect(waiting.verdict == .open)
        let givenUp = try tls { $0.finish(byClient: true) }
        #expect(givenUp.verdict == .open)
    }

    @Test("An answer that the capture lacks, or has out of order, is none that never came")
    func answersThatWereNotRead() throws {
        // Only what the client sent: it went on, so it was answered.
        var all = ConnectionScript()
        all.handshake()
        all.client(Self.clientHello())
        all.server(Self.serverHello)
        all.client(Self.changeCipherSpec + Self.encrypted)
        all.wait(9_000)
        all.finish(byClient: true)
        let oneSided = all.keeping { _, isThere in isThere }
        #expect(try oneSided.onlyDiagnosis.stage != .tls)
        // The server's first segment is missing, and what follows it is there.
        var gap = ConnectionScript()
        gap.handshake()
        gap.client(Self.clientHello())
        gap.server([1, 2, 3])
        gap.server(Self.serverHello)
        gap.acknowledge(fromClient: true)
        gap.wait(9_000)
        gap.finish(byClient: true)
        var seen = 0
        let withGap = gap.keeping { bytes, isThere in
            seen += 1
            return seen != 5
        }
        #expect(try withGap.onlyDiagnosis.stage != .tls)
    }

    @Test("Plain text where TLS was asked for")
    func foreign() throws {
        let diagnosis = try tls { connection in
            connection.server(Array("HTTP/1.1 400 Bad Request\r\n\r\n".utf8))
            connection.finish(byClient: false)
        }
        #expect(diagnosis.verdict == .interfered && diagnosis.mechanism == .protocolMismatch)
        #expect(diagnosis.summary.contains("HTTP/1.1 400 Bad Request"))
    }

    // MARK: HTTP

    private func http(_ request: String, _ rest: (inout ConnectionScript) -> Void) throws -> TargetDiagnosis {
        var connection = ConnectionScript(to: ConnectionScript.server, 80)
        connection.handshake()
        connection.client(Array(request.utf8))
        rest(&connection)
        return try connection.onlyDiagnosis
    }

    @Test func requestAndStatus() throws {
        let diagnosis = try http("GET /a HTTP/1.1\r\nHost: www.lab\r\n\r\n") { connection in
            connection.server(Array("HTTP/1.1 100 Continue\r\n\r\n".utf8))
            connection.wait(90)
            connection.server(Array("HTTP/1.1 503 Service Unavailable\r\n\r\n".utf8))
            connection.finish(byClient: false)
        }
        #expect(diagnosis.verdict == .degraded && diagnosis.timing.application == .milliseconds(110))
        #expect(diagnosis.factTexts.contains("HTTP request: GET /a, host www.lab"))
        #expect(diagnosis.factTexts.contains("HTTP answer: 503 Service Unavailable"))
    }

    @Test(
        "Answers that say something about the way to the server, as a probe would read them",
        arguments: [
            ("403 Forbidden\r\n\r\n", Verdict.blocked, Mechanism.permission),
            ("403 Forbidden\r\n\r\n<title>FortiGuard</title>", .blocked, .answeredByMiddlebox),
            ("302 Found\r\nLocation: http://portal.hotspot.test/\r\n\r\n", .interfered, .answeredByMiddlebox),
            ("301 Moved\r\nLocation: https://www.lab/\r\n\r\n", .open, nil), ("200 OK\r\n\r\n", .open, nil),
            ("511 Login\r\n\r\n", .interfered, .answeredByMiddlebox), ("404 Not Found\r\n\r\n", .open, nil),
        ] as [(String, Verdict, Mechanism?)])
    func answers(_ answer: String, _ verdict: Verdict, _ mechanism: Mechanism?) throws {
        let diagnosis = try http("GET /a HTTP/1.1\r\nHost: www.lab\r\n\r\n") { connection in
            connection.server(Array("HTTP/1.1 \(answer)".utf8))
            connection.finish(byClient: false)
        }
        #expect(diagnosis.verdict == verdict && diagnosis.mechanism == mechanism)
    }

    @Test(
        "A proxy that gives no tunnel",
        arguments: [(403, Mechanism.permission), (407, .permission), (503, .noReply)])
    func proxies(_ code: Int, _ mechanism: Mechanism) throws {
        let diagnosis = try http("CONNECT db.lab:443 HTTP/1.1\r\n\r\n") { connection in
            connection.server(Array("HTTP/1.1 \(code) No\r\n\r\n".utf8))
            connection.finish(byClient: false)
        }
        #expect(diagnosis.verdict == .interfered && diagnosis.stage == .application && diagnosis.mechanism == mechanism)
        #expect(diagnosis.summary == "The proxy gives no tunnel to db.lab:443: \(code) No.")
    }

    @Test func closedUponRequest() throws {
        let diagnosis = try http("GET / HTTP/1.1\r\n\r\n") { $0.finish(byClient: false) }
        #expect(diagnosis.verdict == .interfered && diagnosis.mechanism == .closedByPeer)
    }

    // MARK: SSH

    @Test func ssh() throws {
        var connection = ConnectionScript(to: ConnectionScript.server, 22)
        connection.handshake()
        var refused = connection
        connection.server(Array("SSH-2.0-OpenSSH_9.2\r\n".utf8))
        connection.client(Array("SSH-2.0-PuTTY\r\n".utf8))
        let diagnosis = try connection.onlyDiagnosis
        #expect(diagnosis.verdict == .open)
        #expect(diagnosis.factTexts.contains("SSH server: SSH-2.0-OpenSSH_9.2"))
        refused.client(Array("SSH-2.0-PuTTY\r\n".utf8))
        refused.server(Array("Exceeded MaxStartups\r\n".utf8))
        refused.finish(byClient: false)
        #expect(try refused.onlyDiagnosis.summary.contains("Exceeded MaxStartups"))
        // Lines before the identification are allowed.
        var greeted = ConnectionScript(to: ConnectionScript.server, 22)
        greeted.handshake()
        greeted.client(Array("SSH-2.0-PuTTY\r\n".utf8))
        greeted.server(Array("Authorised users only\r\n".utf8))
        greeted.server(Array("and them only\r\nSSH-2.0-OpenSSH_9.2\r\n".utf8))
        greeted.server([0, 0, 0, 20, 4, 20] + Array(repeating: 7, count: 18))
        greeted.finish(byClient: false)
        let welcome = try greeted.onlyDiagnosis
        #expect(welcome.verdict == .open && welcome.factTexts.contains("SSH server: SSH-2.0-OpenSSH_9.2"))
    }

    @Test(
        "A server that agreed on a cipher, and then fails the handshake, does not want for a cipher",
        arguments: [true, false])
    func failureBehindAgreement(hasAgreed: Bool) throws {
        let diagnosis = try ConnectionScript.opened(443) { connection in
            connection.client(Self.clientHello())
            if hasAgreed { connection.server(Self.serverHello) }
            connection.server(Self.alert(2, 40))
        }
        #expect(diagnosis.mechanism == .tlsAlert)
        #expect(diagnosis.summary.contains("no cipher") == !hasAgreed)
        #expect(diagnosis.summary.contains("a certificate of the client") == hasAgreed)
    }

    // MARK: QUIC

    @Test("A client of NTP whose clock is not set begins with QUIC's bit and zeros, and speaks no QUIC")
    func clockNotSet() throws {
        for answers in [false, true] {
            var connection = ConnectionScript(to: ConnectionScript.server, 123)
            let question = [0xE3] + [UInt8](repeating: 0, count: 47)
            connection.datagram(question, fromClient: true)
            if answers { connection.datagram([0x24] + question.dropFirst(), fromClient: false) }
            let result = try CaptureReplay(connection.captureFile).result
            #expect(result.digest.spoken["QUIC"] == nil)
            #expect(result.digest.verdicts == [answers ? .open : .undetermined: 1])
        }
    }

    @Test func quic() throws {
        let initial: [UInt8] =
            [0xC3, 0, 0, 0, 1, 8, 1, 2, 3, 4, 5, 6, 7, 8, 0, 0] + [UInt8](repeating: 0, count: 1_184)
        var connection = ConnectionScript()
        connection.datagram(initial, fromClient: true)
        var answered = connection
        connection.wait(4_000)
        connection.datagram(initial, fromClient: true)
        let silent = try connection.onlyDiagnosis
        #expect(
            silent.verdict == .undetermined && silent.summary.contains("A QUIC handshake (version 1) got no answer"))
        // What a browser falls back to is in the same capture as a rule.
        var tcp = ConnectionScript(50_000)
        tcp.handshake()
        tcp.finish(byClient: true)
        let beside = try CaptureReplay(ConnectionScript.captureFile([connection, tcp])).diagnoses
        #expect(beside.contains { $0.factTexts.contains("tcp/443 of the same host: answered") })
        answered.datagram(initial, fromClient: false)
        #expect(try answered.onlyDiagnosis.factTexts.contains("QUIC answer: Initial, version 1"))
    }

    // MARK: In a capture

    @Test("What is spoken is counted, and what fails alike is one finding")
    func counted() throws {
        var connections: [ConnectionScript] = []
        for client in 0..<6 as Range<UInt16> {
            var connection = ConnectionScript(
                from: ConnectionScript.client, 40_000 + client, to: ConnectionScript.server, 443)
            connection.wait(Int64(client))
            connection.handshake()
            connection.client(Self.clientHello())
            if client < 2 {
                connection.server(Self.serverHello + Self.changeCipherSpec + Self.encrypted)
                connection.client(Self.changeCipherSpec + Self.encrypted)
            } else {
                connection.server(Self.alert(2, 40))
            }
            connection.finish(byClient: true)
            connections.append(connection)
        }
        let result = try CaptureReplay(ConnectionScript.captureFile(connections)).result
        #expect(result.digest.verdicts == [.open: 2, .interfered: 4])
        #expect(result.findings.count == 1 && result.findings[0].conversation?.count == 4)
        #expect(result.digest.spoken["TLS"]?.conversations == 6)
        #expect(result.digest.spoken["TLS"]?.notes == ["alert handshake_failure": 4])
    }

    @Test("A connection whose beginning was before the capture says nothing of its application")
    func midStream() throws {
        var connection = ConnectionScript(to: ConnectionScript.server, 80)
        connection.client(Array("GET / HTTP/1.1\r\n\r\n".utf8))
        connection.finish(byClient: false)
        #expect(try CaptureReplay(connection.captureFile).diagnoses.allSatisfy { $0.conversation?.application == nil })
    }

    @Test("Of damaged words nothing traps", arguments: [UInt64(1), 2, 3, 4])
    func damagedWords(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        var tls = ConnectionScript()
        tls.handshake()
        tls.client(Self.clientHello(padding: 300))
        tls.server(Self.serverHello + Self.changeCipherSpec + Self.encrypted)
        tls.client(Self.alert(2, 48))
        var dns = ConnectionScript(to: ConnectionScript.server, 53)
        dns.datagram(DNSMessage.question("www.lab", 1).encoded(), fromClient: true)
        dns.datagram(DNSMessage.question("www.lab", 1).response(.refused).encoded(), fromClient: false)
        var http = ConnectionScript(to: ConnectionScript.server, 80)
        http.handshake()
        http.client(Array("CONNECT x:1 HTTP/1.1\r\nHost: y\r\n\r\n".utf8))
        http.server(Array("HTTP/1.1 403 No\r\n".utf8))
        let good = ConnectionScript.captureFile([tls, dns, http])
        for _ in 0..<150 {
            var bytes = good
            for _ in 0..<Int.random(in: 1...8, using: &random) {
                // Behind the file's own header: what it says of records is damaged elsewhere.
                bytes[Int.random(in: 24..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            guard let replay = try? CaptureReplay(bytes) else { continue }
            #expect(replay.result.digest.packets <= 20)
        }
    }
}
