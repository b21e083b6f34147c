import PacketWire
import Testing

@testable import Engine

extension UDPPayload {
    static func test(port: UInt16, _ choice: PayloadChoice? = nil) -> UDPPayload {
        UDPPayload(port: port, choice: choice, transaction: ServiceTransaction(0x0102_0304_0506_5370))
    }
}

/// What the datagrams of a probe bear.
struct UDPPayloadTests {
    static let payloads: [UDPPayload] =
        [
            .test(port: 7), .test(port: 9, .bytes([1, 2, 3])),
            .test(port: 9, .bytes([UInt8](repeating: 9, count: 1_400))),
        ]
        + UDPService.all.map { .test(port: 9, .service($0)) }

    @Test("No two packets of a ladder are equally long, none as long as the first attempt's, and none large")
    func lengths() {
        for payload in Self.payloads {
            let name = payload.service?.name ?? "\(payload.first.count) bytes"
            let rungs = (0..<payload.lengths).map { payload.rung($0) }
            let counts = Set(rungs.map(\.count))
            #expect(counts.count == rungs.count && counts.count >= 32, "\(name)")
            #expect(!counts.contains(payload.first.count), "\(name)")
            #expect(counts.allSatisfy { $0 <= 1_432 }, "\(name)")
            #expect(payload.rung(payload.lengths) == rungs[0], "\(name)")
        }
    }

    @Test("Each of several questions on one flow takes its own answer only", arguments: ["dns", "ntp", "stun", "coap"])
    func numbers(_ name: String) throws {
        let payload = UDPPayload.test(port: 9, .service(try #require(UDPService.named(name))))
        let questions = (0..<100).map { payload.question($0) }
        #expect(Set(questions).count == questions.count && !questions.contains(payload.first), "\(name)")
        guard name == "dns" else { return }
        let answer = try DNSMessage(decoding: payload.question(1).span).response(.refused).encoded()
        #expect(payload.check(answer, toQuestion: 1) == .answered("REFUSED, recursion available"))
        #expect(payload.check(answer, toQuestion: 2) == .foreign(.anotherTransaction))
        #expect(UDPPayload.test(port: 7).check(answer, toQuestion: 0) == nil)
        #expect(UDPPayload.test(port: 7).question(3) == UDPPayload.test(port: 7).first)
    }

    @Test("Where a service brings back how a datagram begins, no two begin alike", arguments: [UInt16(7), 53, 5353])
    func beginnings(port: UInt16) {
        let payload = UDPPayload.test(port: port)
        let rungs = (0..<payload.lengths).map { payload.rung($0) }
        #expect(Set(rungs.map { Array($0.prefix(2)) }).count == UDPPayload.mostLengths)
        #expect(rungs.allSatisfy { $0.count <= 240 })
    }

    @Test("Who keeps something for each question is asked once, and not by every packet of a ladder")
    func polite() throws {
        for name in ["ike", "ike-nat", "l2tp", "openvpn"] {
            let service = try #require(UDPService.named(name))
            let payload = UDPPayload.test(port: 9, .service(service))
            for number in [0, 1, 127] {
                #expect(String(decoding: payload.rung(number)[2..<8], as: UTF8.self) == "allpnt", "\(name)")
            }
        }
    }

    @Test("Every question of DNS is the first attempt's, whole and well-formed, with an identifier of its own")
    func questions() throws {
        let payload = UDPPayload.test(port: 53)
        let first = try DNSMessage(decoding: payload.first.span)
        for number in 0..<payload.lengths {
            let bytes = payload.rung(number)
            let message = try DNSMessage(decoding: bytes.span)
            #expect(message.problem == nil && message.questions == first.questions && message.flags == first.flags)
            #expect(message.identifier != first.identifier)
            let edns = try #require(message.additional.first.flatMap { EDNS($0) })
            #expect(edns.options.map(\.data.count) == [number + 1])
            #expect(message.response().answers(message))
        }
    }

    @Test("A port's own service is asked unless something else is said")
    func choices() throws {
        #expect(UDPPayload.test(port: 123).service?.name == "ntp")
        #expect(UDPPayload.test(port: 7).service == nil)
        #expect(UDPPayload.test(port: 7).first == Array("stallpnt".utf8))
        let stun = try #require(UDPService.named("stun"))
        #expect(UDPPayload.test(port: 123, .service(stun)).service == stun)
        let bytes = UDPPayload.test(port: 123, .bytes([1, 2]))
        #expect(bytes.service == nil && bytes.first == [1, 2])
        #expect(bytes.check([1, 2]) == nil)
        #expect(UDPPayload.test(port: 123).check([0x24]) == .foreign(.cut(count: 1, needed: 2)))
    }
}
