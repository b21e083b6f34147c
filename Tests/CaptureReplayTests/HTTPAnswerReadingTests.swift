import Diagnosis
import PacketWire
import StallpointTestKit
import Testing

@testable import CaptureReplay

/// Answers of HTTP as captures hold them: in any pieces, of any length, and of what is nearly HTTP.
struct HTTPAnswerReadingTests {
    private func ask(_ request: String, _ segments: [[UInt8]]) throws -> TargetDiagnosis {
        try ConnectionScript.opened(80) { connection in
            connection.client(Array(request.utf8))
            for segment in segments { connection.server(segment) }
            connection.finish(byClient: false)
        }
    }

    private func ask(_ request: String, _ answer: String, pieces size: Int) throws -> TargetDiagnosis {
        let bytes = Array(answer.utf8)
        return try ask(
            request,
            stride(from: 0, to: bytes.count, by: size).map { Array(bytes[$0..<min($0 + size, bytes.count)]) })
    }

    private func ask(_ answer: String, pieces size: Int) throws -> TargetDiagnosis {
        try ask("GET / HTTP/1.1\r\n\r\n", answer, pieces: size)
    }

    private func status(_ diagnosis: TargetDiagnosis) -> String? {
        diagnosis.evidence.map(\.fact).first { $0.hasPrefix("HTTP answer: ") }
    }

    private static let block = "HTTP/1.1 403 Forbidden\r\n\r\n"
    private static let early = "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"

    @Test("Answers that announce another are gone past, however they are cut", arguments: [1, 7, 41, 60, 1_000])
    func interim(_ size: Int) throws {
        let diagnosis = try ask(Self.early + Self.early + Self.block, pieces: size)
        #expect(status(diagnosis) == "HTTP answer: 403 Forbidden" && diagnosis.verdict == .blocked)
    }

    @Test("A head longer than is kept, interim or not, ends what is read of it", arguments: [1, 1_000, 9_000, 20_000])
    func longHeads(_ size: Int) throws {
        let long = "Link: \(String(repeating: "x", count: 17_000))\r\n\r\n"
        // In one segment the last answer is seen, too; what is kept over several segments is bounded.
        let interim = try ask("HTTP/1.1 103 Early Hints\r\n" + long + Self.block, pieces: size)
        #expect(interim.verdict == .open && status(interim) == nil || status(interim) == "HTTP answer: 403 Forbidden")
        let own = try ask("HTTP/1.1 200 OK\r\n" + long, pieces: size)
        #expect(own.verdict == .open && status(own) == "HTTP answer: 200 OK")
    }

    @Test("A head without an end is no answer, in pieces of any size", arguments: [500, 1_400, 9_000, 60_000])
    func endlessHead(_ size: Int) throws {
        let fields = String(repeating: "X-Field: and so on\r\n", count: 3_500)
        let endless = try ask("HTTP/1.1 200 OK\r\n" + fields, pieces: size)
        #expect(endless.verdict == .interfered && endless.mechanism == .protocolMismatch, "\(endless.summary)")
        #expect(endless.summary.contains("has no end") && endless.confidence == .likely)
        // As long, and with an end.
        let long = try ask("HTTP/1.1 200 OK\r\n" + fields.dropLast(10_000) + "\r\n\r\n", pieces: size)
        #expect(long.verdict == .open && status(long) == "HTTP answer: 200 OK", "\(long.summary)")
        // What ends before the head does is an answer that broke off, however much of it had come.
        let broken = try ask("HTTP/1.1 200 OK\r\n" + fields.dropLast(10_000), pieces: size)
        #expect(broken.mechanism == .closedByPeer, "\(broken.summary)")
    }

    @Test("Whoever announces without end is not followed")
    func endless() throws {
        let diagnosis = try ask(String(repeating: Self.early, count: 50) + Self.block, pieces: 500)
        #expect(diagnosis.verdict == .open && status(diagnosis) == nil)
    }

    @Test("Heads with bare LF end as well: RFC 9112 section 2.2", arguments: [1, 5, 1_000])
    func bareLineFeeds(_ size: Int) throws {
        let diagnosis = try ask("HTTP/1.1 103 Early Hints\n\nHTTP/1.1 451 No\nServer: x\n\n", pieces: size)
        #expect(status(diagnosis) == "HTTP answer: 451 No" && diagnosis.verdict == .blocked)
    }

    @Test("A portal's page in place of a known answer", arguments: [1, 30, 1_000])
    func portal(_ size: Int) throws {
        let asked = "GET /generate_204 HTTP/1.1\r\nHost: connectivitycheck.lab\r\n\r\n"
        let page = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 19\r\n\r\n<h1>Log in here</h1>"
        let diagnosis = try ask(asked, page, pieces: size)
        #expect(diagnosis.verdict == .interfered && diagnosis.mechanism == .answeredByMiddlebox, "\(diagnosis.summary)")
        #expect(try ask(asked, "HTTP/1.1 204 No Content\r\n\r\n", pieces: size).verdict == .open)
        // Asked for anything else, it is a page like any.
        #expect(try ask("GET / HTTP/1.1\r\n\r\n", page, pieces: size).verdict == .open)
    }

    @Test("Of a known page of which only the beginning came, nothing is said")
    func cutPage() throws {
        let asked = "GET /hotspot-detect.html HTTP/1.1\r\nHost: captive.lab\r\n\r\n"
        let head = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 500\r\n\r\n"
        // Only that it broke off.
        #expect(try ask(asked, head + "<html><head>", pieces: 1_000).mechanism == .closedByPeer)
        #expect(try ask(asked, head + "<html>Success", pieces: 1_000).mechanism == .closedByPeer)
        let whole = head.replacing("500", with: "12") + "<html><head>"
        #expect(try ask(asked, whole, pieces: 1_000).mechanism == .answeredByMiddlebox)
    }

    @Test(
        "A page that names a maker and speaks of policies is no refusal; one that refuses is",
        arguments: [
            ("Zscaler was named a leader. Privacy policy.", false), ("Fortinet, blocked threats, web filter", false),
            ("Access denied. Zscaler", true), ("This page is blocked by FortiGuard", true),
        ])
    func words(_ text: String, _ refuses: Bool) throws {
        let diagnosis = try ask("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n\(text)", pieces: 1_000)
        #expect((diagnosis.mechanism == .answeredByMiddlebox) == refuses, "\(diagnosis.summary)")
        #expect((diagnosis.verdict == .open) == !refuses)
    }

    @Test(
        "A filter's page is told by its head and its content alike, however long the head is",
        arguments: [20, 900, 3_000])
    func fillings(_ length: Int) throws {
        let head = "HTTP/1.1 200 OK\r\nServer: Zscaler\r\nX: \(String(repeating: "x", count: length))\r\n"
        for size in [100, 1_000, 10_000] {
            let page = try ask(
                head
                    + "Content-Type: text/html\r\nContent-Length: 60\r\n\r\n<p>This page is blocked, says your company.</p>         ",
                pieces: size)
            #expect(page.mechanism == .answeredByMiddlebox, "\(page.summary)")
            let plain = try ask(head + "Content-Type: text/html\r\nContent-Length: 6\r\n\r\nHello!", pieces: size)
            #expect(plain.verdict == .open, "\(plain.summary)")
        }
    }

    @Test(
        "What a gateway says of the server behind it is told of a capture as of a probe, in pieces of any size",
        arguments: [
            (503, "Server: envoy", "no healthy upstream", "none is there that takes requests"),
            (503, "Via: 1.1 edge", "", "answers for something behind it"),
            (503, "Server: x", "busy", "cannot serve this now"),
            (521, "Server: cloudflare", "error code: 521", "it refuses the connection"),
            (502, "Server: x", "received an invalid response from an upstream server", "no whole answer"),
            (429, "Server: x", "slow down", "too many requests"),
        ])
    func gateways(_ code: Int, _ field: String, _ page: String, _ said: String) throws {
        for size in [1, 60, 1_000] {
            let diagnosis = try ask(
                "HTTP/1.1 \(code) x\r\n\(field)\r\nContent-Length: \(page.utf8.count)\r\n\r\n\(page)", pieces: size)
            #expect(diagnosis.verdict == .degraded && diagnosis.stage == .application, "\(diagnosis.summary)")
            #expect(diagnosis.summary.contains(said), "\(diagnosis.summary)")
        }
        // Nobody else's numbers are an edge's.
        if code == 521 { #expect(try ask("HTTP/1.1 521 x\r\nServer: x\r\n\r\n", pieces: 100).verdict == .open) }
    }

    @Test("What is nearly HTTP is no fault: HTTP/2 in the clear, and radio")
    func relatives() throws {
        let frames: [UInt8] = [0, 0, 0, 4, 0, 0, 0, 0, 0]
        #expect(try ask("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", [frames]).verdict == .open)
        #expect(try ask("GET / HTTP/1.0\r\n\r\n", "ICY 200 OK\r\nicy-name: x\r\n\r\n", pieces: 100).verdict == .open)
        #expect(try ask("GET / HTTP/1.0\r\n\r\n", "ICECREAM", pieces: 100).mechanism == .protocolMismatch)
    }

    @Test("Whether a proxy refuses CONNECT shows in its fields, whatever the status", arguments: [400, 404, 405, 501])
    func refusedTunnel(_ code: Int) throws {
        let asked = "CONNECT web.lab:443 HTTP/1.1\r\nHost: web.lab\r\n\r\n"
        for size in [9, 1_000] {
            let server = try ask(asked, "HTTP/1.1 \(code) No\r\nServer: nginx\r\n\r\n", pieces: size)
            #expect(server.mechanism == .protocolMismatch && server.summary.contains("\(code) No (nginx)"))
            let proxy = try ask(asked, "HTTP/1.1 \(code) No\r\nVia: 1.1 px\r\n\r\n", pieces: size)
            #expect(proxy.summary == "The proxy gives no tunnel to web.lab:443: \(code) No.", "\(proxy.summary)")
        }
    }
}
