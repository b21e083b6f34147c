import PacketWire
import Testing

@testable import FirewallLab

@Suite("Services of the lab")
struct ServiceTests {
    @Test(
        "a service is read from its text and written the same",
        arguments: [
            "tcp/5432 accept", "tcp/22 banner SSH-2.0-lab and more", "tcp/1 close",
            "tcp/25 talk 220 hi\\r\\n / <slow>250 \\x41 / <close>bye", "tcp/25 talk / <endless>x",
            "tcp/65535 reset", "tcp/80 none",
            "tcp/80 backlog", "tcp/80 http 4000", "udp/443 quic", "tcp/80@203.0.113.10 hold 3",
            "tcp/80 raw syn+ack window=0 bare",
            "tcp/80 raw rst", "tcp/80@2001:db8::1 raw syn+ack ttl=9 from=2001:db8::2", "udp/7 echo", "udp/9 silent",
            "udp/53@203.0.113.53 dns", "udp/53@2001:db8:5::53 dns",
        ])
    func roundTrip(text: String) throws {
        #expect(try #require(ServiceSpecification(text)).description == text)
    }

    @Test(
        "what is no service is refused",
        arguments: [
            "", " ", "tcp", "tcp/80", "tcp/80 ", "tcp/0 accept", "tcp/65536 accept", "tcp/-1 accept", "tcp/80 echo",
            "udp/80 accept", "sctp/80 accept", "tcp/80@ accept", "tcp/80@host accept", "tcp/80/1 accept",
            "tcp/80 banner ", "tcp/80 http", "tcp/80 http -1", "tcp/80 http 1000001", "udp/80 http 4",
            "tcp/80 talk a\\q", "tcp/80 talk \\x4", "tcp/80 talk \\xgg", "udp/80 talk a",
            "/80 accept", "tcp/80@1.2.3.4@5.6.7.8 accept",
            "tcp/80 hold 3", "tcp/80@203.0.113.10 hold 0", "tcp/80@203.0.113.10 hold x", "tcp/80@203.0.113.10 hold 201",
            "udp/80@203.0.113.10 hold 3", "tcp/80 raw ", "tcp/80 raw fin", "udp/80 raw rst",
            "tcp/80 raw syn+ack from=203.0.113.10", "tcp/80@2001:db8::1 raw syn+ack from=203.0.113.10",
        ])
    func refused(text: String) {
        #expect(ServiceSpecification(text) == nil)
    }

    @Test("a scenario's service takes the place of the base service on its port, on all addresses of its node")
    func plan() throws {
        let scenario = Scenario(
            name: "x", title: "t",
            services: [
                "server": [
                    try #require(ServiceSpecification("tcp/22 none")),
                    try #require(ServiceSpecification("tcp/80 close")),
                ],
                "r1": [try #require(ServiceSpecification("udp/9@192.0.2.1 silent"))],
            ])
        let plan = ServiceSpecification.plan(for: scenario)
        #expect(plan.map(\.node.name) == ["r1", "server"])
        #expect(plan[0].services.map(\.description) == ["udp/9@192.0.2.1 silent"])
        let server = plan[1].services
        let addresses = try #require(LabTopology.standard.node(named: "server")).addresses.count
        #expect(server.count { $0.port == 22 } == 0)
        #expect(server.count { $0.port == 80 } == addresses)
        #expect(server.allSatisfy { $0.port != 80 || $0.behaviour == .close })
        #expect(server.count { $0.port == 443 } == addresses)
        #expect(server.count { $0.port == 53 } == LabNames.resolvers.count)
        #expect(server.allSatisfy { $0.address != nil })
    }

    @Test("a service on one address leaves the base service on the others")
    func planOneAddress() throws {
        let silent = try #require(ServiceSpecification("udp/53@203.0.113.53 silent"))
        let plan = ServiceSpecification.plan(
            for: Scenario(name: "x", title: "t", services: ["server": [silent]]))
        let resolvers = plan.flatMap(\.services).filter { $0.port == 53 }
        #expect(resolvers.map(\.behaviour) == [.dns, .silent])
    }
}

extension ServiceTests {
    @Test("connections are made last, when everything listens")
    func holdsAreLast() throws {
        let scenario = Scenario(
            name: "x", title: "t",
            services: [
                "client": [
                    try #require(ServiceSpecification("tcp/80@203.0.113.10 hold 2")),
                    try #require(ServiceSpecification("tcp/9 accept")),
                ]
            ])
        let plan = ServiceSpecification.plan(for: scenario)
        #expect(plan.map(\.node.name) == ["client", "server", "client"])
        #expect(plan[0].services.allSatisfy { $0.behaviour == .accept })
        #expect(plan[2].services.map(\.description) == ["tcp/80@203.0.113.10 hold 2"])
    }
}

@Suite("The lab's resolver")
struct DNSAnswerTests {
    /// A query with id 0x1234 and RD set.
    static func query(_ name: String, type: UInt8) -> [UInt8] {
        let labels = name.split(separator: ".").flatMap { [UInt8($0.utf8.count)] + Array($0.utf8) }
        return [0x12, 0x34, 0x01, 0, 0, 1, 0, 0, 0, 0, 0, 0] + labels + [0, 0, type, 0, 1]
    }

    static func answer(to message: [UInt8]) -> [UInt8]? {
        DNSAnswer.messages(to: message, isDatagram: true).first
    }

    @Test("an address record for the family that was asked for, under the query's id and question")
    func addresses() throws {
        let query = Self.query("DB.lab", type: 1)
        let bytes = try #require(Self.answer(to: query))
        let answer = try DNSMessage(decoding: bytes.span)
        let question = try DNSMessage(decoding: query.span)
        #expect(answer.answers(question))
        #expect(answer.identifier == 0x1234)
        #expect(answer.flags.recursionDesired)
        #expect(answer.flags.recursionAvailable)
        #expect(answer.resolvedAddresses == [IPAddress("203.0.113.10")])
        let moreBytes = try #require(Self.answer(to: Self.query("v6.lab", type: 28)))
        let six = try DNSMessage(decoding: moreBytes.span)
        #expect(six.resolvedAddresses == [IPAddress("2001:db8:5::10")])
    }

    @Test("a name without the family asked for exists and has no records")
    func noData() throws {
        for (name, type) in [("db.lab", UInt8(28)), ("v6.lab", 1), ("web.lab", 15)] {
            let answer = try #require(Self.answer(to: Self.query(name, type: type)))
            #expect(answer[3] & 0xF == 0 && answer[7] == 0, "\(name)")
        }
    }

    @Test("a name gets the kind of answer that its end asks for")
    func codes() throws {
        for (name, code) in [("nothing.lab", UInt8(3)), ("x.refused.lab", 5), ("x.servfail.lab", 2), ("org", 3)] {
            #expect(try #require(Self.answer(to: Self.query(name, type: 1)))[3] & 0xF == code, "\(name)")
        }
        #expect(Self.answer(to: Self.query("x.silent.lab", type: 1)) == nil)
    }

    @Test("neither a cut query, nor one with changed lengths, nor an answer is answered wrongly or traps")
    func hostile() {
        let query = Self.query("web.lab", type: 28)
        for length in 0..<query.count { #expect(Self.answer(to: Array(query.prefix(length))) == nil) }
        for index in query.indices {
            for value in [UInt8(0), 0x3F, 0x40, 0xC0, 0xFF] {
                var changed = query
                changed[index] = value
                let answer = Self.answer(to: changed)
                #expect(answer.map { $0.count >= 12 && $0[2] & 0x80 != 0 } ?? true)
            }
        }
        var answer = query
        answer[2] |= 0x80
        #expect(Self.answer(to: answer) == nil)
    }

    @Test("what does not fit a datagram is cut there, and whole over a connection, also two messages at once")
    func cut() throws {
        let query = Self.query("db.cut.lab", type: 1)
        let bytes = try #require(Self.answer(to: query))
        let datagram = try DNSMessage(decoding: bytes.span)
        #expect(datagram.flags.isTruncated && datagram.answers.isEmpty)
        let framed = [0, UInt8(query.count)] + query
        let single = DNSAnswer.stream(to: framed)
        let message = try DNSMessage(decoding: Array(single.dropFirst(2)).span)
        #expect(!message.flags.isTruncated && message.resolvedAddresses == [IPAddress("203.0.113.10")])
        #expect(Int(single[0]) << 8 | Int(single[1]) == single.count - 2)
        #expect(DNSAnswer.stream(to: framed + framed) == single + single)
        for length in 0..<framed.count { #expect(DNSAnswer.stream(to: Array(framed.prefix(length))).isEmpty) }
    }

    @Test("a forged answer comes first, the truth behind it, and over a connection only the truth")
    func forged() throws {
        for (name, code) in [("a.forged.lab", DNSResponseCode.nonExistentDomain), ("a.diverted.lab", .noError)] {
            let query = Self.query(name, type: 1)
            let answers = try DNSAnswer.messages(to: query, isDatagram: true).map { try DNSMessage(decoding: $0.span) }
            #expect(answers.count == 2 && answers[0].responseCode == code)
            #expect(answers[1].resolvedAddresses == [IPAddress("203.0.113.10")])
            #expect(answers[0].resolvedAddresses != answers[1].resolvedAddresses)
            #expect(DNSAnswer.messages(to: query, isDatagram: false) == [answers[1].encoded()])
        }
    }
}
