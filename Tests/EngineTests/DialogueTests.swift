import Conversations
import Diagnosis
import PacketWire
import SecureChannel
import StallpointTestKit
import Testing

@testable import Engine

/// What is said behind the handshake, without a socket.
struct DialogueTests {
    private func dialogue(_ request: ApplicationRequest, host: String = "web.lab", port: UInt16 = 80) throws -> Dialogue
    {
        let target = Target(
            input: host, host: host, address: ConnectionScript.server, port: port, transport: .tcp)
        return Dialogue(request, target, TLSOptions(trust: try TLSTrustStore.empty()))
    }

    private static let login = ProxyLogin(user: [0x78], password: [0x79])
    private static let moment = Instant.zero + .seconds(1)

    // MARK: A proxy

    private func throughProxy(
        _ request: ApplicationRequest, as login: ProxyLogin? = nil, proxy: ProxyKind = .http
    ) throws -> Dialogue {
        var request = request
        request.origin = .init(host: "web.lab", port: 8443, proxy: proxy, login: login)
        let dialogue = try dialogue(request, host: "proxy.lab", port: 3128)
        dialogue.begin(at: .zero)
        return dialogue
    }

    @Test("A proxy is asked for a tunnel, and TLS begins in it", arguments: [1, 1_000])
    func tunnel(size: Int) throws {
        let dialogue = try throughProxy(ApplicationRequest(usesTLS: true, path: "/"), as: Self.login)
        let text = String(decoding: dialogue.takeOutgoing(), as: UTF8.self)
        #expect(text.hasPrefix("CONNECT web.lab:8443 HTTP/1.1\r\nHost: web.lab:8443\r\n"))
        #expect(text.contains("Proxy-Authorization: Basic eDp5\r\n") && text.hasSuffix("\r\n\r\n"))
        let answer = Array("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 Connection established\r\nVia: p\r\n\r\n".utf8)
        for start in stride(from: 0, to: answer.count, by: size) {
            #expect(dialogue.facts.tls == nil)
            dialogue.receive(Array(answer[start..<min(start + size, answer.count)]), at: Self.moment)
        }
        #expect(dialogue.facts.tunnel?.status?.code == 200 && dialogue.facts.tunnel?.answeredAt == Self.moment)
        let hello = dialogue.takeOutgoing()
        #expect(hello.first == 22 && dialogue.facts.tls?.serverName == "web.lab" && !dialogue.isDone)
    }

    @Test("Without TLS the tunnel is all that was asked for, and a request goes to the proxy itself")
    func proxiedInTheClear() throws {
        let plain = try throughProxy(ApplicationRequest(usesTLS: false))
        plain.receive(Array("HTTP/1.0 200 OK\r\n\r\nSSH-2.0-x\r\n".utf8), at: Self.moment)
        #expect(plain.isDone && plain.facts.tunnel?.status?.code == 200 && plain.facts.tls == nil)
        let request = try throughProxy(ApplicationRequest(usesTLS: false, path: "/a"), as: Self.login)
        let text = String(decoding: request.takeOutgoing(), as: UTF8.self)
        #expect(text.hasPrefix("GET http://web.lab:8443/a HTTP/1.1\r\nHost: web.lab:8443\r\n"))
        #expect(text.contains("Proxy-Authorization") && request.facts.tunnel == nil)
    }

    @Test("A SOCKS proxy is greeted, told who asks, and then whereto; names are its own affair", arguments: [1, 100])
    func socks(size: Int) throws {
        let dialogue = try throughProxy(
            ApplicationRequest(usesTLS: true, path: "/"), as: Self.login, proxy: .socks(.five))
        #expect(dialogue.takeOutgoing() == [5, 2, 0, 2])
        func hear(_ bytes: [UInt8]) {
            for start in stride(from: 0, to: bytes.count, by: size) {
                dialogue.receive(Array(bytes[start..<min(start + size, bytes.count)]), at: Self.moment)
            }
        }
        hear([5, 2])
        #expect(dialogue.takeOutgoing() == [1, 1, 0x78, 1, 0x79])
        hear([1, 0])
        #expect(dialogue.takeOutgoing() == [5, 1, 0, 3, 7] + Array("web.lab".utf8) + [0x20, 0xFB])
        #expect(dialogue.facts.tls == nil)
        hear([5, 0, 0, 1, 0, 0, 0, 0, 0, 0])
        #expect(dialogue.takeOutgoing().first == 22 && dialogue.facts.tls?.serverName == "web.lab" && !dialogue.isDone)
        #expect(dialogue.facts.socks?.reply?.isGranted == true && dialogue.facts.socks?.isLoginAccepted == true)
        #expect(dialogue.facts.tunnel == nil && dialogue.facts.socks?.received == 14)
    }

    @Test("Through SOCKS a request in the clear is the server's, and nobody is told who asks")
    func socksInTheClear() throws {
        let dialogue = try throughProxy(
            ApplicationRequest(usesTLS: false, path: "/a"), as: Self.login, proxy: .socks(.four))
        #expect(dialogue.takeOutgoing() == [4, 1, 0x20, 0xFB, 0, 0, 0, 1, 0x78, 0] + Array("web.lab".utf8) + [0])
        dialogue.receive([0, 90, 0, 0, 0, 0, 0, 0] + Array("HTTP/1.1 200 OK\r\n\r\n".utf8), at: Self.moment)
        let text = String(decoding: dialogue.takeOutgoing(), as: UTF8.self)
        #expect(text.hasPrefix("GET /a HTTP/1.1\r\nHost: web.lab:8443\r\n") && !text.contains("Proxy-Auth"))
        #expect(dialogue.facts.http?.status?.code == 200)
    }

    @Test("A SOCKS proxy that refuses, is none, or breaks off")
    func noWay() throws {
        func end(_ bytes: [UInt8]) throws -> (SOCKSFact?, isDone: Bool) {
            let dialogue = try throughProxy(ApplicationRequest(usesTLS: true), proxy: .socks(.five))
            dialogue.receive(bytes, at: Self.moment)
            return (dialogue.facts.socks, dialogue.isDone)
        }
        #expect(try end([5, 0xFF]).0?.method == .noneAcceptable && end([5, 0xFF]).isDone)
        // It was not offered, whatever the proxy thinks.
        #expect(try end([5, 2]).isDone && end([5, 1]).isDone)
        #expect(try end([5, 0, 5, 5]).0?.reply == SOCKSReply(.five, 5) && end([5, 0, 5, 5]).isDone)
        #expect(try end(Array("SSH-2.0-x\r\n".utf8)).0?.foreign == "SSH-2.0-x")
        let silent = try throughProxy(ApplicationRequest(usesTLS: true), proxy: .socks(.five))
        silent.receive([5, 0], at: Self.moment)
        silent.stop(at: Self.moment + .seconds(1), isAcknowledged: true)
        #expect(silent.facts.socks?.end == .silence(.seconds(2), isAcknowledged: true) && silent.facts.tls == nil)
    }

    @Test("A tunnel that is refused, broken off, or asked of something else")
    func noTunnel() throws {
        let refused = try throughProxy(ApplicationRequest(usesTLS: true))
        refused.receive(Array("HTTP/1.1 407 Who?\r\nProxy-Authenticate: Basic\r\n\r\n".utf8), at: Self.moment)
        #expect(refused.isDone && refused.facts.tunnel?.status?.code == 407 && refused.facts.tls == nil)
        #expect(refused.facts.tunnel?.fields["Proxy-Authenticate"] == "Basic")
        let silent = try throughProxy(ApplicationRequest(usesTLS: true))
        silent.stop(at: Self.moment, isAcknowledged: true)
        #expect(silent.facts.tunnel?.end == .silence(.seconds(1), isAcknowledged: true))
        let closed = try throughProxy(ApplicationRequest(usesTLS: true))
        closed.ended(nil, at: Self.moment)
        #expect(closed.isDone && closed.facts.tunnel?.end == .closed())
        let foreign = try throughProxy(ApplicationRequest(usesTLS: true))
        foreign.receive(Array("SSH-2.0-lab\r\n".utf8), at: Self.moment)
        #expect(foreign.isDone && foreign.facts.tunnel?.foreign == "SSH-2.0-lab")
        let endless = try throughProxy(ApplicationRequest(usesTLS: true))
        endless.receive(Array("HTTP/1.1 200 OK\r\n".utf8), at: Self.moment)
        for _ in 0..<70 { endless.receive([UInt8](repeating: 0x61, count: 1_000), at: Self.moment) }
        #expect(endless.isDone && endless.facts.tls == nil)
        // Whatever it began to say, there is no tunnel.
        #expect(endless.facts.tunnel?.status == nil && endless.facts.tunnel?.isEndless == true)
        let half = try throughProxy(ApplicationRequest(usesTLS: true))
        half.receive(Array("HTTP/1.1 200 OK\r\nVia".utf8), at: Self.moment)
        half.stop(at: Self.moment, isAcknowledged: true)
        #expect(
            half.facts.tunnel?.status == nil && half.facts.tunnel?.end == .silence(.seconds(1), isAcknowledged: true))
        let cut = try throughProxy(ApplicationRequest(usesTLS: true))
        cut.receive(Array("HTTP/1.1 403 No\r\nVia".utf8), at: Self.moment)
        cut.ended(nil, at: Self.moment)
        #expect(cut.facts.tunnel?.status?.code == 403 && cut.facts.tunnel?.end == nil)
    }

    @Test("A proxy that wants TLS is told nothing before that stands, and what is wrong with it is said of it")
    func securedProxy() throws {
        var request = ApplicationRequest(usesTLS: true, path: "/")
        request.origin = .init(host: "web.lab", port: 443, login: Self.login, isSecured: true)
        let silent = try dialogue(request, host: "proxy.lab", port: 3128)
        silent.begin(at: .zero)
        let hello = try #require(TLSStream(decoding: silent.takeOutgoing().span).clientHello)
        #expect(hello.serverName?.description == "proxy.lab" && hello.applicationProtocols == ["http/1.1"])
        #expect(silent.takeOutgoing().isEmpty)
        silent.stop(at: Self.moment, isAcknowledged: true)
        #expect(silent.facts.proxyTLS?.outcome == .broken(.silence(.seconds(1), isAcknowledged: true)))
        // Of the target nothing is known, and other hellos to it would say nothing.
        #expect(silent.facts.tls == nil && silent.facts.tunnel == nil && !silent.facts.wantsOtherHellos)
        let plain = try dialogue(request, host: "proxy.lab", port: 3128)
        plain.begin(at: .zero)
        plain.receive(Array("HTTP/1.1 400 Bad Request\r\n\r\n".utf8), at: Self.moment)
        #expect(plain.isDone && plain.facts.proxyTLS?.outcome == .foreign("HTTP/1.1 400 Bad Request"))
    }

    @Test("What a proxy is told of who asks, nobody behind it is told")
    func authorizationStays() throws {
        let plain = try throughProxy(ApplicationRequest(usesTLS: false, path: "/"), as: Self.login)
        #expect(String(decoding: plain.takeOutgoing(), as: UTF8.self).contains("Basic eDp5"))
        let tunnel = try throughProxy(ApplicationRequest(usesTLS: true, path: "/"), as: Self.login)
        _ = tunnel.takeOutgoing()
        tunnel.receive(Array("HTTP/1.1 200 OK\r\n\r\n".utf8), at: Self.moment)
        #expect(!String(decoding: tunnel.takeOutgoing(), as: UTF8.self).contains("Basic"))
    }

    // MARK: Words of one's own

    private func saying(_ words: [UInt8], usesTLS: Bool = false) throws -> Dialogue {
        var request = ApplicationRequest(usesTLS: usesTLS)
        request.words = words
        let dialogue = try dialogue(request, port: 6379)
        dialogue.begin(at: .zero)
        return dialogue
    }

    @Test("Words are said as they are, and whatever comes back is their answer")
    func words() throws {
        let words = Array("PING\r\n".utf8)
        let answered = try saying(words)
        #expect(answered.takeOutgoing() == words && !answered.isDone && answered.facts.http == nil)
        answered.receive(Array("+PONG\r\nmore".utf8), at: Self.moment)
        #expect(answered.isDone && answered.facts.words?.answeredAt == Self.moment)
        #expect(answered.facts.words?.received == 11 && answered.facts.words?.answer == "+PONG")
        #expect(answered.facts.words?.end == nil && answered.facts.brokeOff == nil)
        let silent = try saying(words)
        silent.stop(at: Self.moment, isAcknowledged: true)
        #expect(silent.facts.words?.end == .silence(.seconds(1), isAcknowledged: true))
        #expect(silent.facts.brokeOff == silent.facts.words?.end && !silent.facts.mayStallBySize)
        let closed = try saying(words)
        closed.ended(nil, at: Self.moment, isAcknowledged: true)
        #expect(closed.isDone && closed.facts.words?.end == .closed(isAcknowledged: true))
    }

    @Test("An answer of HTTP is read as one, whether it was asked for or not")
    func wordsInHTTP() throws {
        let answer = Array("HTTP/1.1 302 Found\r\nLocation: http://a.example/\r\nVia: p\r\n\r\nmoved".utf8)
        let unasked = try saying(Array("PING\r\n".utf8))
        unasked.receive(answer, at: Self.moment)
        let http = try #require(unasked.facts.words?.http)
        #expect(http.status?.code == 302 && http.method.isEmpty && http.host == "web.lab")
        #expect(http.fields["Location"] == "http://a.example/" && http.fields["Via"] == "p")
        #expect(http.content == Array("moved".utf8))
        let asked = try saying(Array("GET /a HTTP/1.1\r\nHost: b.example\r\n\r\n".utf8))
        asked.receive(answer, at: Self.moment)
        let request = try #require(asked.facts.words?.http)
        #expect(request.method == "GET" && request.path == "/a" && request.host == "b.example")
        let other = try saying(Array("PING\r\n".utf8))
        other.receive(Array("+PONG\r\n".utf8), at: Self.moment)
        #expect(other.facts.words?.http == nil)
    }

    @Test("In TLS nothing of them is said before it stands, and through a proxy nothing before its consent")
    func wordsBehind() throws {
        let secured = try saying([0x78], usesTLS: true)
        #expect(secured.takeOutgoing().first == 22 && secured.facts.words == nil)
        var request = ApplicationRequest(usesTLS: false)
        request.words = [0x78]
        let proxied = try throughProxy(request)
        #expect(proxied.facts.words == nil && proxied.takeOutgoing().starts(with: Array("CONNECT ".utf8)))
        proxied.receive(Array("HTTP/1.1 200 OK\r\n\r\n".utf8), at: Self.moment)
        #expect(proxied.takeOutgoing() == [0x78] && proxied.facts.words?.sentAt == Self.moment)
    }

    // MARK: HTTP

    @Test("A request names the host, and the port where it is not the usual one")
    func request() throws {
        let usual = try dialogue(ApplicationRequest(usesTLS: false, path: "/a"))
        usual.begin(at: .zero)
        let text = String(decoding: usual.takeOutgoing(), as: UTF8.self)
        #expect(text.hasPrefix("GET /a HTTP/1.1\r\nHost: web.lab\r\n") && text.hasSuffix("\r\n\r\n"))
        let other = try dialogue(ApplicationRequest(usesTLS: false, path: "/"), host: "2001:db8::1", port: 8080)
        other.begin(at: .zero)
        #expect(String(decoding: other.takeOutgoing(), as: UTF8.self).contains("Host: [2001:db8::1]:8080\r\n"))
    }

    @Test("An answer is the same in pieces of any size", arguments: [1, 3, 1_000])
    func answer(size: Int) throws {
        let dialogue = try dialogue(ApplicationRequest(usesTLS: false, path: "/"))
        dialogue.begin(at: .zero)
        let bytes = Array(
            "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 503 Busy\r\nserver: x\r\nVIA: 1.1 gw\r\n\r\nbody".utf8)
        for start in stride(from: 0, to: bytes.count, by: size) {
            dialogue.receive(Array(bytes[start..<min(start + size, bytes.count)]), at: Self.moment)
        }
        // Nothing says how long the page is.
        #expect(!dialogue.isDone)
        dialogue.ended(nil, at: Self.moment + .milliseconds(1))
        #expect(dialogue.isDone && dialogue.facts.http?.status?.code == 503)
        #expect(dialogue.facts.http?.content == Array("body".utf8))
        #expect(dialogue.facts.http?.fields == ["Server": "x", "Via": "1.1 gw"])
        #expect(dialogue.facts.http?.answeredAt == Self.moment && dialogue.facts.http?.end == nil)
    }

    @Test("What ends before an answer says how")
    func ends() throws {
        for end in [
            DialogueEnd.closed(), .reset(SocketError(system: 104)), .silence(.seconds(1), isAcknowledged: true),
        ] {
            let dialogue = try dialogue(ApplicationRequest(usesTLS: false, path: "/"))
            dialogue.begin(at: .zero)
            switch end {
            case .closed: dialogue.ended(nil, at: Self.moment)
            case .reset(let error): dialogue.ended(error, at: Self.moment)
            case .silence: dialogue.stop(at: Self.moment, isAcknowledged: true)
            }
            #expect(dialogue.isDone && dialogue.facts.http?.end == end)
        }
        // What nobody took, though it was sent again, was lost before somebody closed.
        for (milliseconds, end) in [
            (100, DialogueEnd.closed(isAcknowledged: false)),
            (1_500, .silence(.milliseconds(1_500), isAcknowledged: false)),
        ] as [(Int64, DialogueEnd)] {
            let unheard = try dialogue(ApplicationRequest(usesTLS: true))
            unheard.begin(at: .zero)
            unheard.ended(nil, at: .zero + .milliseconds(milliseconds), isAcknowledged: false)
            #expect(unheard.isDone && unheard.facts.tls?.outcome == .broken(end))
        }
        // A head that is cut still says its status, and how it was cut.
        for error in [nil, SocketError(system: 104)] {
            let cut = try dialogue(ApplicationRequest(usesTLS: false, path: "/"))
            cut.begin(at: .zero)
            cut.receive(Array("HTTP/1.1 404 Not Found\r\nSer".utf8), at: Self.moment)
            cut.ended(error, at: Self.moment)
            #expect(cut.facts.http?.status?.code == 404 && cut.facts.http?.end == error.map { .reset($0) } ?? .closed())
        }
    }

    @Test("Endless heads and garbage end, and hold no more than their bound")
    func hostile() throws {
        let endless = try dialogue(ApplicationRequest(usesTLS: false, path: "/"))
        endless.begin(at: .zero)
        endless.receive(Array("HTTP/1.1 200 OK\r\n".utf8), at: Self.moment)
        for _ in 0..<70 { endless.receive([UInt8](repeating: 0x61, count: 1_000), at: Self.moment) }
        #expect(endless.isDone && endless.facts.http?.status?.code == 200)
        let garbage = try dialogue(ApplicationRequest(usesTLS: false, path: "/"))
        garbage.begin(at: .zero)
        garbage.receive([UInt8](repeating: 0xFF, count: 100), at: Self.moment)
        #expect(garbage.isDone && garbage.facts.http?.status == nil)
    }

    // MARK: TLS

    @Test("The hello bears the target's name; plain text, alerts and resets are told")
    func tls() throws {
        let plain = try dialogue(ApplicationRequest(usesTLS: true), port: 443)
        plain.begin(at: .zero)
        let hello = plain.takeOutgoing()
        let stream = TLSStream(decoding: hello.span)
        #expect(stream.clientHello?.serverName?.description == "web.lab")
        plain.receive(Array("HTTP/1.1 400 Bad Request\r\nServer: x\r\n".utf8), at: Self.moment)
        #expect(plain.facts.tls?.outcome == .foreign("HTTP/1.1 400 Bad Request"))

        let alerted = try dialogue(ApplicationRequest(usesTLS: true), port: 443)
        alerted.begin(at: .zero)
        alerted.receive([21, 3, 3, 0, 2, 2, 40], at: Self.moment)
        #expect(alerted.facts.tls?.outcome == .alert(TLSAlert(.fatal, .handshakeFailure), byPeer: true))

        let reset = try dialogue(ApplicationRequest(usesTLS: true), port: 443)
        reset.begin(at: .zero)
        reset.ended(SocketError(system: 104), at: Self.moment)
        #expect(reset.facts.tls?.outcome == .broken(.reset(SocketError(system: 104))))

        let silent = try dialogue(ApplicationRequest(usesTLS: true, path: "/"), port: 443)
        silent.begin(at: .zero)
        silent.stop(at: Self.moment, isAcknowledged: false)
        #expect(silent.facts.tls?.outcome == .broken(.silence(.seconds(1), isAcknowledged: false)))
        #expect(silent.facts.http == nil)
    }

    @Test("With a pause, the second half waits for its moment")
    func pause() throws {
        let target = Target(
            input: "x", host: "web.lab", address: ConnectionScript.server, port: 443, transport: .tcp)
        let dialogue = Dialogue(
            ApplicationRequest(usesTLS: true), target, TLSOptions(trust: try TLSTrustStore.empty()),
            variant: .inTwoWithPause)
        dialogue.begin(at: .zero)
        let first = dialogue.takeOutgoing()
        let moment = try #require(dialogue.takeMoment())
        #expect(moment > .zero && dialogue.takeMoment() == nil && dialogue.takeOutgoing().isEmpty)
        dialogue.tick(at: moment)
        let whole = first + dialogue.takeOutgoing()
        #expect(TLSStream(decoding: whole.span).clientHello != nil)
        dialogue.tick(at: moment + .seconds(1))
        #expect(dialogue.takeOutgoing().isEmpty && !dialogue.isDone)
    }

    @Test("The server's Date is held beside this machine's clock")
    func clocks() throws {
        let target = Target(
            input: "x", host: "web.lab", address: ConnectionScript.server, port: 80, transport: .tcp)
        let dialogue = Dialogue(
            ApplicationRequest(usesTLS: false, path: "/"), target, TLSOptions(trust: try TLSTrustStore.empty()),
            wallClock: { _ in 1_000 })
        dialogue.begin(at: .zero)
        dialogue.receive(
            Array("HTTP/1.1 200 OK\r\nDate: Thu, 01 Jan 1970 00:00:07 GMT\r\n\r\n".utf8), at: Self.moment)
        #expect(dialogue.facts.clocks == ClockReading(ours: 1_000, theirs: 7, said: "Thu, 01 Jan 1970 00:00:07 GMT"))
    }

    // MARK: Content, and what does not end

    private func answered(_ text: String, end: Bool = false) throws -> Dialogue {
        let dialogue = try dialogue(ApplicationRequest(usesTLS: false, path: "/"))
        dialogue.begin(at: .zero)
        dialogue.receive(Array(text.utf8), at: Self.moment)
        if end { dialogue.ended(nil, at: Self.moment) }
        return dialogue
    }

    @Test("A page of refusal is read as far as it is wanted, a page that is well as far as it came along")
    func content() throws {
        let well = try answered("HTTP/1.1 200 OK\r\n\r\nbe")
        #expect(well.isDone && well.facts.http?.content == Array("be".utf8))
        let refused = try answered("HTTP/1.1 403 No\r\nContent-Length: 4\r\n\r\nbe")
        #expect(!refused.isDone)
        refused.receive(Array("ginning".utf8), at: Self.moment)
        #expect(refused.isDone && refused.facts.http?.content.starts(with: Array("begi".utf8)) == true)
        let endless = try answered("HTTP/1.1 403 No\r\n\r\n")
        for _ in 0..<70 { endless.receive([UInt8](repeating: 0x61, count: 1_000), at: Self.moment) }
        #expect(endless.isDone && endless.facts.http?.content.count == 8_192)
        // Who sends no content is not waited for beyond a moment.
        let slow = try answered("HTTP/1.1 403 No\r\nContent-Length: 9\r\n\r\n")
        let moment = try #require(slow.takeMoment())
        #expect(!slow.isDone && moment < Self.moment + .seconds(1))
        slow.tick(at: moment)
        #expect(slow.isDone && slow.facts.http?.end == nil && slow.facts.http?.status?.code == 403)
        #expect(try answered("HTTP/1.1 204 None\r\n\r\n").isDone)
        for lie in ["-5", "99999999999999999999", "x"] {
            let lying = try answered("HTTP/1.1 500 No\r\nContent-Length: \(lie)\r\n\r\n", end: true)
            #expect(lying.isDone && lying.facts.http?.status?.code == 500)
        }
    }

    @Test("A head that never ends is none, and what is no HTTP is told as it came")
    func heads() throws {
        let slow = try answered("HTTP/1.1 200 OK\r\nSer")
        slow.stop(at: Self.moment + .seconds(8), isAcknowledged: true)
        guard case .silence? = slow.facts.http?.end else {
            Issue.record("\(String(describing: slow.facts.http?.end))")
            return
        }
        #expect(slow.facts.http?.received == 20)
        let alert = try dialogue(ApplicationRequest(usesTLS: false, path: "/"))
        alert.begin(at: .zero)
        alert.receive([0x15, 3, 3, 0, 2, 2, 70], at: Self.moment)
        #expect(alert.isDone && alert.facts.http?.foreign?.bytes.first == 0x15)
        #expect(try !answered("HTT").isDone)
    }

    // MARK: Mail

    @Test("TLS begins where a mail server agrees to it, on the same connection")
    func upgrade() throws {
        let dialogue = try dialogue(ApplicationRequest(usesTLS: true, upgrade: .smtp), port: 25)
        dialogue.begin(at: .zero)
        #expect(dialogue.takeOutgoing().isEmpty)
        dialogue.receive(Array("220 mail.lab\r\n".utf8), at: Self.moment)
        #expect(String(decoding: dialogue.takeOutgoing(), as: UTF8.self).hasPrefix("EHLO "))
        dialogue.receive(Array("250-mail.lab\r\n250 STARTTLS\r\n".utf8), at: Self.moment)
        #expect(dialogue.takeOutgoing() == Array("STARTTLS\r\n".utf8))
        dialogue.receive(Array("220 go\r\n".utf8), at: Self.moment)
        let hello = dialogue.takeOutgoing()
        #expect(TLSStream(decoding: hello.span).clientHello?.serverName == "web.lab")
        #expect(dialogue.facts.upgrade?.outcome == .ready && dialogue.facts.upgrade?.capabilities.count == 2)
        dialogue.receive([21, 3, 3, 0, 2, 2, 40], at: Self.moment)
        #expect(dialogue.facts.tls?.outcome == .alert(TLSAlert(.fatal, .handshakeFailure), byPeer: true))
    }

    @Test("Where it does not agree, that is told, and no hello is sent")
    func noUpgrade() throws {
        let silent = try dialogue(ApplicationRequest(usesTLS: true, upgrade: .imap), port: 143)
        silent.begin(at: .zero)
        silent.stop(at: Self.moment, isAcknowledged: nil)
        #expect(silent.facts.upgrade?.outcome == .broken(.silence(.seconds(1), isAcknowledged: nil)))
        let stripped = try dialogue(ApplicationRequest(usesTLS: true, upgrade: .pop3), port: 110)
        stripped.begin(at: .zero)
        stripped.receive(Array("+OK\r\n".utf8), at: Self.moment)
        stripped.receive(Array("+OK\r\nUSER\r\n.\r\n".utf8), at: Self.moment)
        #expect(stripped.facts.upgrade?.outcome == .failed(.notOffered) && stripped.facts.tls == nil)
    }
}
