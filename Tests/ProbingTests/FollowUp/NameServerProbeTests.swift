import Conversations
import Diagnosis
import PacketWire
import Probing
import Testing

/// A DNS server that is the target, asked in every way, on a virtual clock.
struct NameServerProbeTests {
    private typealias Answer = (after: TimeSpan, bytes: [UInt8])

    /// How a server answers; nothing is silence.
    private struct Server {
        var overUDP: (DNSMessage, _ isAgain: Bool) -> [[UInt8]] = { query, _ in [good(query)] }
        /// Instead of answers, where something else comes as well.
        var datagrams: ((DNSMessage) -> [FollowUpOutcome])?
        var overTCP: (DNSMessage) -> [FollowUpOutcome] = { [.connected(packet: nil), .heard(good($0))] }
        var echo: SeenPacket?

        static func good(_ query: DNSMessage) -> [UInt8] {
            query.response(answers: [DNSRecord(query.questions[0].name, IPAddress("192.0.2.7")!)]).encoded()
        }

        static func cut(_ query: DNSMessage) -> [UInt8] {
            var answer = query.response()
            answer.flags.isTruncated = true
            return answer.encoded()
        }

        static func room(_ query: DNSMessage) -> UInt16? { query.edns?.payloadSize }
    }

    private struct Result {
        var server: NameServerFacts
        var elapsed: TimeSpan
        var sent = 0
        var stopped: Set<Int> = []
    }

    private func run(
        _ server: Server, asksDatagrams: Bool = true, hasWire: Bool = false, _ type: DNSType = .a
    ) throws -> Result {
        let question = DNSQuestion(try #require(DNSName("db.lab")), type)
        var plan = NameServerProbe(question, asksDatagrams: asksDatagrams, hasWire: hasWire, identifier: 0xFFFF)
        var queue: [(at: Instant, number: Int, event: FollowUpEvent)] = []
        var orders: [Int: (DNSMessage, Transport)] = [:]
        var now = Instant.zero
        var count = 0
        var result = Result(server: NameServerFacts(question), elapsed: .zero)
        func schedule(_ event: FollowUpEvent, at: Instant) {
            count += 1
            queue.append((at, count, event))
        }
        func send(_ number: Int, isAgain: Bool) {
            guard let (query, transport) = orders[number] else { return }
            result.sent += 1
            let outcomes: [FollowUpOutcome] =
                transport == .udp
                ? server.datagrams?(query) ?? server.overUDP(query, isAgain).map { .heard($0) } : server.overTCP(query)
            for (step, outcome) in outcomes.enumerated() {
                schedule(.outcome(number, outcome), at: now + .milliseconds(Int64(10 + 20 * step)))
            }
        }
        func perform(_ actions: [FollowUpAction]) throws {
            for action in actions {
                switch action {
                case .wake(let at): schedule(.time, at: max(now, at))
                case .again(let number): send(number, isAgain: true)
                case .stopUnheard: Issue.record("only dialogues are heard or not")
                case .stop(let number): #expect(result.stopped.insert(number).inserted)
                case .start(let order):
                    if case .echo = order.work {
                        #expect(hasWire && order.number == NameServerProbe.echoNumber)
                        result.sent += 1
                        if let echo = server.echo { plan.note(echo, number: order.number) }
                        continue
                    }
                    guard case .ask(let bytes, let transport) = order.work else {
                        Issue.record("\(order)")
                        continue
                    }
                    let message = transport == .udp ? bytes : Array(bytes.dropFirst(2))
                    orders[order.number] = (try DNSMessage(decoding: message.span), transport)
                    send(order.number, isAgain: false)
                }
            }
        }
        try perform(plan.begin(at: now))
        while !plan.isFinished, count < 1_000, let next = queue.min(by: { ($0.at, $0.number) < ($1.at, $1.number) }) {
            queue.removeAll { $0.number == next.number }
            now = max(now, next.at)
            if case .outcome(let number, _) = next.event, result.stopped.contains(number) { continue }
            try perform(plan.handle(next.event, at: now))
        }
        #expect(plan.isFinished)
        let identifiers = orders.values.map(\.0.identifier)
        #expect(Set(identifiers).count == identifiers.count, "one number, two questions")
        var facts = Facts(
            target: Target(input: "x", host: "x", address: nil, port: 53, transport: .udp), witnesses: [.socket])
        plan.testify(&facts)
        result.server = try #require(facts.nameServer)
        result.elapsed = now - .zero
        return result
    }

    @Test("A healthy server is asked three questions, and listened behind for a moment")
    func healthy() throws {
        let result = try run(Server())
        #expect(result.server.asks.map(\.transport) == [.udp, .udp, .tcp])
        #expect(result.server.asks.map(\.room) == [nil, 4_096, nil])
        #expect(result.server.asks.allSatisfy { $0.outcome == .addresses([IPAddress("192.0.2.7")!]) && $0.tries == 1 })
        #expect(result.sent == 3 && result.elapsed >= .milliseconds(150) && result.elapsed < .milliseconds(600))
        #expect(result.stopped == [0, 1, 2])
    }

    @Test("How far answers and echo replies have come is kept, where the wire tells")
    func distances() throws {
        func packet(_ kind: SeenPacket.Kind, _ timeToLive: UInt8) -> SeenPacket {
            SeenPacket(
                frame: 1, at: .zero, fromInitiator: false, source: .v4(.any), timeToLive: timeToLive,
                identification: nil,
                kind: kind)
        }
        var server = Server()
        server.echo = packet(.echoReply, 61)
        let result = try run(server, hasWire: true)
        #expect(result.server.echoPassed == 3 && result.sent == 4)
        server.echo = packet(.icmpError(ICMPError(family: .v4, type: 3, code: 1), mtu: nil, quotedTimeToLive: 1), 64)
        #expect(try run(server, hasWire: true).server.echoPassed == nil)
        #expect(try run(server).sent == 3)
        var plan = NameServerProbe(
            DNSQuestion(try #require(DNSName("db.lab")), .a), asksDatagrams: true, hasWire: true, identifier: 1)
        _ = plan.begin(at: .zero)
        plan.note(packet(.udp(payloadLength: 40), 64), number: 0)
        plan.note(packet(.udp(payloadLength: 40), 60), number: 0)
        var facts = Facts(
            target: Target(input: "x", host: "x", address: nil, port: 53, transport: .udp), witnesses: [.wire])
        plan.testify(&facts)
        #expect(facts.nameServer?.asks[0].routersPassed == 0 && facts.nameServer?.asks[1].routersPassed == nil)
    }

    @Test("Where UDP got no answer, only TCP is asked")
    func streamOnly() throws {
        let result = try run(Server(), asksDatagrams: false)
        #expect(result.server.asks.map(\.transport) == [.tcp] && result.server.plain == nil)
        #expect(result.server.stream?.hasConnected == true && result.server.stream?.isAnswered == true)
    }

    @Test("Silence is asked twice over UDP, and ends in time")
    func silent() throws {
        let result = try run(Server(overUDP: { _, _ in [] }, overTCP: { _ in [] }))
        #expect(result.server.asks.allSatisfy { $0.result == .silent })
        #expect(result.server.asks.map(\.tries) == [2, 2, 1] && result.elapsed < .seconds(3))
        // Nothing passes that a narrow question could be held against.
        #expect(result.server.narrow == nil)
    }

    @Test("A second answer that says something else is kept, one that says the same is not", arguments: [false, true])
    func contradiction(differs: Bool) throws {
        let result = try run(
            Server(overUDP: { query, _ in
                [query.response(differs ? .nonExistentDomain : .noError, answers: []).encoded(), Server.good(query)]
            }))
        let plain = try #require(result.server.plain)
        #expect(plain.outcome == (differs ? .noSuchName : .noAddress))
        #expect(plain.contradiction == .addresses([IPAddress("192.0.2.7")!]))
        let same = try run(Server(overUDP: { query, _ in [Server.good(query), Server.good(query)] }))
        #expect(same.server.plain?.contradiction == nil)
    }

    @Test("What is asked twice may be answered twice")
    func repeated() throws {
        let result = try run(
            Server(overUDP: { query, isAgain in
                isAgain ? [query.response(.nonExistentDomain).encoded(), Server.good(query)] : []
            }))
        #expect(result.server.plain?.outcome == .noSuchName && result.server.plain?.contradiction == nil)
    }

    @Test("An answer that was cut is no contradiction of a whole one")
    func cut() throws {
        let result = try run(Server(overUDP: { query, _ in [Server.cut(query), Server.good(query)] }))
        #expect(result.server.plain?.isCut == true && result.server.plain?.contradiction == nil)
    }

    @Test("An answer that breaks off in its first record says nothing of the name", arguments: [1, 5, 15])
    func brokenOff(count: Int) throws {
        let broken = { (query: DNSMessage) in Array(Server.good(DNSMessage.plain(query)).dropLast(count)) }
        let result = try run(
            Server(
                overUDP: { query, _ in [broken(query)] }, overTCP: { [.connected(packet: nil), .heard(broken($0))] }))
        #expect(result.server.asks.allSatisfy { $0.result == .foreign(.malformed) })
        // TC says that it is cut, and that the rest is to be had over TCP.
        let cut = try run(
            Server(overUDP: { query, _ in
                var answer = broken(query)
                answer[2] |= 0x02
                return [answer]
            }))
        #expect(cut.server.plain?.isCut == true)
    }

    @Test("Only where room is silent it is asked with little room, beside the plain question")
    func narrow() throws {
        let size = try run(Server(overUDP: { query, _ in Server.room(query) == 4_096 ? [] : [Server.cut(query)] }))
        #expect(size.server.asks.map(\.room) == [nil, 4_096, nil, 512, nil])
        #expect(size.server.narrow?.isCut == true && size.server.plainAgain?.isAnswered == true)
        #expect(size.server.roomy?.tries == 2 && size.sent <= NameServerProbe.mostPackets)
        let edns = try run(Server(overUDP: { query, _ in Server.room(query) == nil ? [Server.good(query)] : [] }))
        #expect(edns.server.narrow?.result == .silent && edns.server.plainAgain?.isAnswered == true)
    }

    @Test("A question with room that is refused is narrowed, too; one whose answer is a refusal is answered")
    func refusedRoom() throws {
        let refusal = SocketError(linux: 1)
        let refused = try run(
            Server(datagrams: { Server.room($0) == nil ? [.heard(Server.good($0))] : [.failed(refusal)] }))
        #expect(refused.server.asks.map(\.room) == [nil, 4_096, nil, 512, nil])
        #expect(refused.server.roomy?.result == .refused(refusal) && refused.server.narrow?.result == .refused(refusal))
        let clumsy = try run(
            Server(overUDP: { query, _ in
                [Server.room(query) == nil ? Server.good(query) : query.response(.formatError).encoded()]
            }))
        #expect(clumsy.server.narrow == nil && clumsy.server.roomy?.outcome == .refused(code: "FORMERR"))
    }

    @Test("What is no answer is remembered until one comes")
    func foreign() throws {
        let echo = try run(Server(overUDP: { query, _ in [query.encoded()] }))
        #expect(echo.server.plain?.result == .foreign(.question) && echo.server.narrow == nil)
        let late = try run(Server(overUDP: { query, _ in [[1, 2, 3], Server.good(query)] }))
        #expect(late.server.plain?.isAnswered == true)
        let other = try run(
            Server(overTCP: { query in
                var answer = query.response()
                answer.identifier ^= 1
                return [.connected(packet: nil), .heard(answer.encoded())]
            }))
        #expect(other.server.stream?.result == .foreign(.anotherTransaction))
        // Who goes on talking is not listened to until the end of patience.
        #expect(other.elapsed < .seconds(1) && other.stopped == [0, 1, 2])
    }

    @Test("A connection that is refused, reset, closed or taken without a word")
    func streams() throws {
        let refusal = SocketError(linux: 111)
        let ends: [([FollowUpOutcome], NameServerFacts.Ask.Result, Bool)] = [
            ([.failed(refusal)], .refused(refusal), false),
            ([.connected(packet: nil), .closed(isReset: true)], .closed(isReset: true), true),
            ([.connected(packet: nil), .closed(isReset: false)], .closed(isReset: false), true),
            ([.connected(packet: nil)], .silent, true),
        ]
        for (outcomes, expected, connected) in ends {
            let stream = try run(Server(overTCP: { _ in outcomes })).server.stream
            #expect(stream?.result == expected && stream?.hasConnected == connected)
        }
    }

    @Test("Whether a question left is said only where the wire is watched")
    func wire() throws {
        var plan = NameServerProbe(DNSQuestion(.root, .ns), asksDatagrams: false, hasWire: true, identifier: 1)
        _ = plan.begin(at: .zero)
        func packet(out: Bool, _ length: Int = 0) -> SeenPacket {
            SeenPacket(
                frame: 1, at: .zero, fromInitiator: out, source: .v4(.any), timeToLive: 64, identification: nil,
                kind: .tcp(TCPHeader(from: 1, to: 2, .syn), payloadLength: length))
        }
        var facts = Facts(
            target: Target(input: "x", host: "x", address: nil, port: 53, transport: .udp), witnesses: [.wire])
        plan.testify(&facts)
        #expect(facts.nameServer?.stream?.wasSeenLeaving == false && facts.nameServer?.isAnyAnswerGood == true)
        plan.note(packet(out: true), number: 0)
        plan.note(packet(out: false), number: 0)
        plan.note(packet(out: false), number: 9)
        plan.testify(&facts)
        #expect(facts.nameServer?.stream?.wasSeenLeaving == true && facts.nameServer?.stream?.wasSeenAnswered == true)
        #expect(facts.nameServer?.stream?.longestSeen == 0)
        for length in [700, 1_472, 30] { plan.note(packet(out: false, length), number: 0) }
        plan.note(packet(out: true, 9_000), number: 0)
        plan.testify(&facts)
        #expect(facts.nameServer?.stream?.longestSeen == 1_472)
        #expect(try run(Server()).server.asks.allSatisfy { $0.wasSeenLeaving == nil })
    }

    @Test("Other types than addresses are told as text")
    func types() throws {
        let result = try run(
            Server(overUDP: { query, _ in
                [query.response(answers: [DNSRecord(query.questions[0].name, .txt, .txt(["hello"]))]).encoded()]
            }), .txt)
        #expect(result.server.plain?.outcome == .records(["\"hello\""]))
        #expect(result.server.stream?.outcome == .noAddress)
    }
}

extension DNSMessage {
    /// Without OPT: nothing stands behind the answer.
    fileprivate static func plain(_ query: DNSMessage) -> DNSMessage {
        var query = query
        query.additional = []
        return query
    }
}
