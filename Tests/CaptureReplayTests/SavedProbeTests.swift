import Conversations
import Diagnosis
import PacketWire
import StallpointTestKit
import Testing

@testable import CaptureReplay

/// What a probe measured beside its own connection is in its capture, and gives the same verdict again.
struct SavedProbeTests {
    private static let target = Target(
        input: "x", host: "x", address: ConnectionScript.server, port: 443, transport: .tcp)

    private func read(_ connections: [ConnectionScript], _ target: Target = Self.target) throws -> TargetDiagnosis {
        try ConnectionScript.savedProbe(connections, of: target)
    }

    // MARK: Sizes

    /// A path that carries packets of `limit` bytes up to hop 2, and says so or not.
    private func sizes(
        _ limit: Int, _ sizes: [Int], isReported: Bool = false, isDeaf: Bool = false,
        behind opening: (inout ConnectionScript) -> Void = {
            $0.handshake()
            $0.finish(byClient: true)
        }
    ) -> ConnectionScript {
        var script = ConnectionScript(50_000)
        opening(&script)
        var port: UInt16 = 50_001
        func datagram(_ size: Int, timeToLive: UInt8 = 64, tries: Int = 1) {
            port += 1
            var there = script.there
            there.timeToLive = timeToLive
            let bytes = there.udp(
                from: port, to: 21_846, payload: [UInt8](repeating: 0x2E, count: size - 28))
            for _ in 0..<tries {
                script.keep(bytes, true)
                let router = IPAddress("192.0.2.\(min(Int(timeToLive), 2))") ?? ConnectionScript.server
                let isLost = size > limit && timeToLive > 2
                let answer: (UInt8, UInt8, IPAddress)? =
                    isLost
                    ? isReported ? (3, 4, router) : nil
                    : timeToLive < 4 ? (11, 0, router) : (3, 3, ConnectionScript.server)
                if let (type, code, sender) = answer {
                    let back = FrameBuilder(.rawIP, from: sender, to: ConnectionScript.client, timeToLive: 62)
                    script.keep(
                        back.icmpError(type: type, code: code, quoting: bytes, mtu: code == 4 ? UInt32(limit) : 0),
                        false)
                }
            }
            script.wait(100)
        }
        for size in sizes { datagram(size, tries: size > limit && (!isReported || isDeaf) ? 2 : 1) }
        if !isReported {
            for hop: UInt8 in 1...5 {
                datagram(128, timeToLive: hop)
                datagram(limit + 1, timeToLive: hop)
            }
        }
        return script
    }

    @Test("Datagrams beyond a size vanish behind a hop, as the ladder of sizes shows")
    func blackHole() throws {
        let found = try read([sizes(1_400, [128, 1_500, 1_280, 1_400, 1_401, 1_400, 1_401])])
        #expect(found.verdict == .degraded && found.stage == .transfer && found.mechanism == .mtuBlackHole)
        #expect(found.zones == [.path] && found.afterHop?.ttl == 2 && found.beforeHop?.ttl == 3)
        #expect(found.confidence == .strong && found.pathSize?.trials.count == 17)
    }

    @Test("What a router says is heard, unless the sender goes on as if it were not")
    func reports() throws {
        let heard = try read([sizes(1_400, [128, 1_500, 1_400, 1_400, 1_401, 1_401], isReported: true)])
        #expect(heard.verdict == .open, "\(heard.summary)")
        let deaf = try read([sizes(1_400, [128, 1_500, 1_400, 1_400, 1_401, 1_401], isReported: true, isDeaf: true)])
        #expect(deaf.mechanism == .mtuBlackHole && deaf.zones == [.localIngress], "\(deaf.summary)")
    }

    @Test("QUIC that is answered was measured because somebody asked, and any limit counts", arguments: [true, false])
    func quic(isAnswered: Bool) throws {
        let script = sizes(1_400, [128, 1_500, 1_280, 1_400, 1_401, 1_400, 1_401]) { script in
            script.datagram([UInt8](repeating: 0xC0, count: 1_200), fromClient: true)
            if isAnswered { script.datagram([UInt8](repeating: 0xC0, count: 31), fromClient: false) }
        }
        var target = Self.target
        target.transport = .udp
        let found = try read([script], target)
        // A first datagram of 1,228 bytes passes.
        #expect(found.verdict == (isAnswered ? .degraded : .undetermined), "\(found.summary)")
        #expect((found.mechanism == .mtuBlackHole) == isAnswered)
    }

    @Test("In anybody else's capture such datagrams are nothing but datagrams")
    func nobodysProbe() throws {
        let replay = try CaptureReplay(sizes(1_400, [128, 1_500, 1_400, 1_401, 1_400, 1_401]).captureFile)
        #expect(replay.diagnoses.allSatisfy { $0.pathSize == nil && $0.mechanism != .mtuBlackHole })
    }

    // MARK: Silences

    private enum Fate {
        case alive
        case lost
        case rejected
        case reset
        case closed
    }

    private func hold(_ number: UInt16, _ seconds: Int64, _ fate: Fate) -> ConnectionScript {
        var connection = ConnectionScript(41_000 + number)
        connection.wait(10)
        connection.handshake()
        connection.wait(seconds * 1_000)
        switch fate {
        case .alive:
            connection.keepAlive()
            connection.acknowledge(fromClient: false)
            connection.wait(200)
            connection.reset(byClient: true)
        case .lost:
            connection.keepAlive()
            for _ in 0..<2 { connection.repeatLast() }
            connection.wait(1_000)
            connection.reset(byClient: true)
        case .rejected:
            connection.keepAlive()
            let question = connection.frames.last?.bytes ?? []
            let router = IPAddress("192.0.2.2") ?? ConnectionScript.server
            let back = FrameBuilder(.rawIP, from: router, to: ConnectionScript.client, timeToLive: 63)
            for number in 0..<3 {
                if number > 0 { connection.keep(question, true) }
                connection.keep(back.icmpError(type: 3, code: 13, quoting: question), false)
                connection.wait(1_000)
            }
            connection.reset(byClient: true)
        case .reset:
            connection.keepAlive()
            connection.reset(byClient: false, timeToLive: 63)
        case .closed: connection.finish(byClient: false)
        }
        return connection
    }

    private func probe(_ holds: [ConnectionScript], newOneAt: Int64? = 20_000) throws -> TargetDiagnosis {
        var first = ConnectionScript()
        first.handshake()
        first.finish(byClient: true)
        var last = ConnectionScript(42_000)
        last.wait(newOneAt ?? 0)
        last.handshake()
        last.reset(byClient: true)
        return try read([first] + holds + (newOneAt == nil ? [] : [last]))
    }

    @Test("The longest silence that holds, and the shortest that does not")
    func brackets() throws {
        let lost = try probe([hold(1, 1, .alive), hold(2, 2, .alive), hold(3, 5, .lost)])
        #expect(lost.verdict == .interfered && lost.stage == .idle && lost.mechanism == .idleTimeout)
        #expect(lost.zones == [.path, .returnPath, .destination] && lost.confidence == .strong, "\(lost.summary)")
        #expect(lost.idle?.holds.count == 3 && lost.idle?.newOneWorks == true)
        let reset = try probe([hold(1, 1, .alive), hold(2, 5, .reset)])
        #expect(reset.mechanism == .idleTimeout && reset.zones == [.path] && reset.confidence == .strong)
        let rejected = try probe([hold(1, 1, .alive), hold(2, 5, .rejected)])
        #expect(rejected.mechanism == .idleTimeout && rejected.zones == [.path], "\(rejected.summary)")
        #expect(rejected.actor == IPAddress("192.0.2.2") && rejected.confidence == .strong)
        let closed = try probe([hold(1, 1, .alive), hold(2, 5, .closed)], newOneAt: nil)
        #expect(closed.stage == .idle && closed.mechanism == .closedByPeer)
    }

    @Test("All are still there, or nobody asked")
    func alive() throws {
        let alive = try probe([hold(1, 1, .alive), hold(2, 5, .alive)], newOneAt: nil)
        #expect(alive.verdict == .open && alive.summary.contains("still there"))
        let none = try probe([], newOneAt: nil)
        #expect(none.verdict == .open && none.idle == nil)
    }

    @Test("A handshake that needs several tries is no silence that was too long")
    func lossyHandshake() throws {
        var connection = ConnectionScript(41_009)
        connection.wait(10)
        connection.handshake()
        connection.repeatLast()
        connection.repeatLast()
        connection.repeatLast()
        connection.reset(byClient: true)
        let found = try probe([connection], newOneAt: nil)
        #expect(found.verdict == .open && found.idle == nil)
        var again = ConnectionScript(41_010)
        again.wait(10)
        again.syn()
        again.repeatLast()
        again.repeatLast()
        again.repeatLast()
        again.handshake()
        #expect(try probe([again], newOneAt: nil).idle == nil)
    }

    // MARK: Patience

    @Test("A saved probe's own wait is over when it gives up; anybody else may have had a long question")
    func patience() throws {
        var connection = ConnectionScript()
        connection.handshake()
        connection.client(Array("GET / HTTP/1.1\r\n\r\n".utf8))
        connection.acknowledge(fromClient: false)
        connection.wait(8_000)
        connection.finish(byClient: true)
        let saved = try read([connection])
        #expect(saved.mechanism == .noReply && saved.summary.contains("though its TCP took it"))
        let other = try #require(CaptureReplay(connection.captureFile).diagnoses.first)
        #expect(saved.confidence == .likely && other.verdict == .interfered && other.confidence == .weak)
    }

    // MARK: Words that never left

    private func unsaid(
        _ input: String = "tls://x", _ rest: (inout ConnectionScript) -> Void
    ) throws -> TargetDiagnosis {
        var connection = ConnectionScript()
        connection.handshake()
        rest(&connection)
        var target = Self.target
        target.input = input
        return try read([connection], target)
    }

    @Test("A request that is not in the probe's own capture did not leave this machine")
    func unsaid() throws {
        let waited = try unsaid { connection in
            connection.wait(8_000)
            connection.reset(byClient: true)
        }
        #expect(waited.verdict == .interfered && waited.stage == .tls && waited.mechanism == .silentDrop)
        #expect(waited.zones == [.localEgress] && waited.confidence == .likely)
        let gone = try unsaid { $0.reset(byClient: true) }
        #expect(gone.verdict == .undetermined && gone.confidence == .weak)
        let rejected = try unsaid("http://x/") { $0.reset(byClient: false, timeToLive: 64) }
        #expect(rejected.stage == .application && rejected.mechanism == .tcpReset)
        #expect(rejected.zones == [.localEgress, .path] && rejected.confidence == .likely)
        // From as far away as the host: it is said already what that is.
        let host = try unsaid { $0.reset(byClient: false) }
        #expect(host.zones == [.destination])
        // Nothing was to be said.
        let plain = try unsaid("x") { connection in
            connection.wait(8_000)
            connection.reset(byClient: true)
        }
        #expect(plain.verdict == .open && plain.confidence == .proved)
    }

    // MARK: A DNS server on a port of its own

    private static let name = DNSName("db.lab") ?? .root
    private static let question = DNSMessage.query(name, .a, identifier: 7, edns: nil)

    private func asked(_ answer: [UInt8]?, tcp: ((inout ConnectionScript) -> Void)? = nil) throws -> TargetDiagnosis {
        var datagrams = ConnectionScript(40_000, to: ConnectionScript.server, 5_301)
        datagrams.datagram(Self.question.encoded(), fromClient: true)
        if let answer { datagrams.datagram(answer, fromClient: false) }
        var scripts = [datagrams]
        if let tcp {
            var stream = ConnectionScript(40_001, to: ConnectionScript.server, 5_301)
            stream.wait(50)
            tcp(&stream)
            scripts.append(stream)
        }
        let target = Target(
            input: "dns://x:5301/db.lab", host: "x", address: ConnectionScript.server, port: 5_301, transport: .udp)
        return try read(scripts, target)
    }

    @Test("What comes back for a question is held against it")
    func answers() throws {
        let address = DNSRecord(Self.name, ConnectionScript.server)
        let good = Self.question.response(answers: [address])
        #expect(try asked(good.encoded()).verdict == .open)
        var other = good
        other.identifier = 8
        for (bytes, words) in [
            (Array(good.encoded().dropLast(3)), "it is malformed"), (Array(good.encoded().prefix(7)), "7 bytes where"),
            (other.encoded(), "it belongs to another question"), (Self.question.encoded(), "the question itself"),
        ] {
            let diagnosis = try asked(bytes)
            #expect(diagnosis.verdict == .interfered && diagnosis.mechanism == .protocolMismatch)
            #expect(diagnosis.summary.contains(words), "\(diagnosis.summary)")
        }
        let refused = try asked(Self.question.response(.refused).encoded())
        #expect(refused.verdict == .failed && refused.mechanism == .resolverRefused && refused.confidence == .likely)
        #expect(try asked(Self.question.response(.nonExistentDomain).encoded()).mechanism == .nameNotFound)
        #expect(try asked(nil).verdict == .undetermined)
        let withoutTCP = try asked(good.encoded()) { connection in
            connection.handshake()
            connection.client([0, UInt8(Self.question.encoded().count)] + Self.question.encoded())
            connection.finish(byClient: false)
        }
        #expect(withoutTCP.verdict == .degraded && withoutTCP.mechanism == .closedByPeer, "\(withoutTCP.summary)")
    }
}
