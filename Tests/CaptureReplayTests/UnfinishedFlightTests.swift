import Diagnosis
import PacketWire
import StallpointTestKit
import Testing

@testable import CaptureReplay

/// A server's part of the TLS handshake that begins and does not come to its end.
struct UnfinishedFlightTests {
    /// A ServerHello, or the request for another ClientHello, with nothing behind it.
    private static func hello(isRetry: Bool = false, version: UInt8 = 4) -> [UInt8] {
        let retry: [UInt8] = [
            0xCF, 0x21, 0xAD, 0x74, 0xE5, 0x9A, 0x61, 0x11, 0xBE, 0x1D, 0x8C, 0x02, 0x1E, 0x65, 0xB8, 0x91,
            0xC2, 0xA2, 0x11, 0x16, 0x7A, 0xBB, 0x8C, 0x5E, 0x07, 0x9E, 0x09, 0xE2, 0xC8, 0xA8, 0x33, 0x9C,
        ]
        var hello: [UInt8] = [3, 3] + (isRetry ? retry : [UInt8](repeating: 9, count: 32)) + [0, 0x13, 0x01, 0]
        hello += [0, 6, 0, 43, 0, 2, 3, version]
        return [22, 3, 3, 0, UInt8(hello.count + 4), 2, 0, 0, UInt8(hello.count)] + hello
    }

    private static let changeCipherSpec: [UInt8] = [20, 3, 3, 0, 1, 1]

    private static func encrypted(_ count: Int) -> [UInt8] {
        [23, 3, 3, UInt8(count >> 8), UInt8(count & 0xFF)] + [UInt8](repeating: 7, count: count)
    }

    /// What the server said by the time the client gave up.
    private struct Flight: CustomTestStringConvertible, Sendable {
        var testDescription: String
        var said: [[UInt8]]
        var waits: Int64 = 60_000
        var byReset = false
        var clientGoesOn = false
        var isStalled: Bool
    }

    @Test(
        "A flight that stops in the middle is one, whoever loses patience with it",
        arguments: [
            Flight(testDescription: "a hello alone", said: [hello() + changeCipherSpec], isStalled: true),
            Flight(testDescription: "reset", said: [hello() + changeCipherSpec], byReset: true, isStalled: true),
            Flight(
                testDescription: "half a record", said: [hello() + changeCipherSpec + encrypted(2_000).prefix(900)],
                isStalled: true),
            Flight(
                testDescription: "half a head", said: [hello() + changeCipherSpec + [23, 3]], isStalled: true),
            Flight(testDescription: "at once", said: [hello() + changeCipherSpec], waits: 100, isStalled: false),
            // A person may be asked for a certificate: RFC 8446 section 4.3.2.
            Flight(
                testDescription: "whole records", said: [hello() + changeCipherSpec + encrypted(40) + encrypted(900)],
                isStalled: false),
            Flight(
                testDescription: "whole in two segments",
                said: [
                    hello() + changeCipherSpec + encrypted(2_000).prefix(900), Array(encrypted(2_000).dropFirst(900)),
                ],
                isStalled: false),
            Flight(
                testDescription: "the client went on",
                said: [hello() + changeCipherSpec + encrypted(2_000).prefix(900)],
                clientGoesOn: true, isStalled: false),
            // It is the client's turn then.
            Flight(
                testDescription: "another hello wanted, at once", said: [hello(isRetry: true) + changeCipherSpec],
                waits: 1_000, isStalled: false),
        ])
    private func flights(_ flight: Flight) throws {
        let diagnosis = try ConnectionScript.opened(443) { connection in
            connection.client(TestHello().bytes)
            for bytes in flight.said { connection.server(bytes) }
            connection.acknowledge(fromClient: true)
            if flight.clientGoesOn { connection.client(Self.changeCipherSpec + Self.encrypted(50)) }
            connection.wait(flight.waits)
            if flight.byReset { connection.reset(byClient: true) } else { connection.finish(fromClient: true) }
        }
        #expect(diagnosis.verdict == (flight.isStalled ? .interfered : .open), "\(diagnosis.summary)")
        guard flight.isStalled else { return }
        #expect(diagnosis.stage == .tls && diagnosis.mechanism == .noReply && diagnosis.confidence == .likely)
        #expect(Set(diagnosis.zones) == [.destination, .path, .returnPath])
        #expect(diagnosis.summary.contains("the server's part of the handshake after 60 s"))
        #expect(diagnosis.lookAlikes.contains { $0.cause.contains("path-MTU") })
    }

    @Test("Another hello is asked for, said and answered: a handshake as any, and both hellos are told")
    func retry() throws {
        let diagnosis = try ConnectionScript.opened(443) { connection in
            connection.client(TestHello().bytes)
            connection.server(Self.hello(isRetry: true) + Self.changeCipherSpec)
            connection.client(Self.changeCipherSpec + TestHello().bytes)
            connection.server(Self.hello() + Self.encrypted(900))
            connection.client(Self.encrypted(50))
            connection.wait(60_000)
            connection.finish(byClient: true)
        }
        #expect(diagnosis.verdict == .open)
        #expect(diagnosis.factTexts.contains { $0.contains("HelloRetryRequest") })
        #expect(diagnosis.factTexts.contains { $0.hasPrefix("TLS ServerHello: TLS 1.3") })
    }

    @Test("Another hello is asked for and does not come by", arguments: [true, false])
    func missingSecondHello(isLost: Bool) throws {
        var connection = ConnectionScript(to: ConnectionScript.server, 443)
        connection.handshake()
        connection.client(TestHello().bytes)
        connection.server(Self.hello(isRetry: true) + Self.changeCipherSpec)
        connection.acknowledge(fromClient: true)
        connection.client(Self.changeCipherSpec + TestHello(padding: 0xEE).bytes + [0xEE])
        connection.wait(10_000)
        if isLost { connection.acknowledge(fromClient: true) }
        connection.wait(1_000)
        connection.finish(fromClient: false)
        let diagnosis = try connection.keeping { bytes, _ in bytes.last != 0xEE }.diagnosis
        #expect(diagnosis.verdict == .interfered && diagnosis.stage == .tls)
        #expect(diagnosis.mechanism == (isLost ? .silentDrop : .noReply), "\(diagnosis.summary)")
        #expect(diagnosis.zones == [.path, .localEgress] && diagnosis.confidence == (isLost ? .likely : .weak))
        #expect(diagnosis.summary.contains("HelloRetryRequest"))
    }

    @Test("Behind the second hello nothing comes: the first answer is told, and that it was not the last")
    func secondHello() throws {
        let diagnosis = try ConnectionScript.opened(443) { connection in
            connection.client(TestHello().bytes)
            connection.server(Self.hello(isRetry: true) + Self.changeCipherSpec)
            connection.client(Self.changeCipherSpec + TestHello().bytes)
            connection.acknowledge(fromClient: false)
            connection.wait(8_000)
            connection.finish(fromClient: true)
        }
        #expect(diagnosis.verdict == .interfered && diagnosis.stage == .tls, "\(diagnosis.summary)")
    }

    /// Up to the server's hello, which the client acknowledges.
    private static func begun(
        _ client: IPAddress = ConnectionScript.client, _ server: IPAddress = ConnectionScript.server
    ) -> ConnectionScript {
        var connection = ConnectionScript(from: client, to: server, 443)
        connection.handshake()
        connection.client(TestHello().bytes)
        connection.server(hello() + changeCipherSpec)
        connection.acknowledge(fromClient: true)
        return connection
    }

    @Test("What is missing between pieces of a flight, as long as full segments, was too big for the way back")
    func gap() throws {
        var connection = Self.begun()
        let heard = connection.frames.last
        connection.server([UInt8](repeating: 0xEE, count: 1_460))
        connection.server(Self.encrypted(100))
        if let heard { connection.keep(heard.bytes, true) }
        connection.wait(60_000)
        let seen = connection.keeping { bytes, _ in bytes.last != 0xEE }
        var other = seen
        other.wait(10)
        // The client's end acknowledges no more than the beginning.
        let diagnosis = try other.resettingUnheard(1_565).diagnosis
        #expect(diagnosis.verdict == .interfered && diagnosis.mechanism == .mtuBlackHole, "\(diagnosis.summary)")
        #expect(diagnosis.zones == [.returnPath, .destination] && diagnosis.stage == .tls)
        #expect(diagnosis.summary.contains("1460 bytes between them"))
    }

    @Test("A giant frame behind a gap is as long as its length can say, and nothing is made of it")
    func giantFrame() throws {
        var connection = Self.begun(IPAddress("2001:db8::1")!, IPAddress("2001:db8::2")!)
        connection.server([UInt8](repeating: 0xEE, count: 1_460))
        connection.server([UInt8](repeating: 0xDD, count: 65_500))
        connection.wait(60_000)
        let diagnosis = try connection.keeping { bytes, _ in bytes.last != 0xEE }.diagnosis
        #expect(diagnosis.mechanism != .mtuBlackHole, "\(diagnosis.summary)")
    }

    @Test("The server repeats full segments in vain, and that the client closes is no reason")
    func repeatedBehindEnd() throws {
        var connection = Self.begun()
        connection.server([UInt8](repeating: 0xEE, count: 1_460))
        for _ in 0..<5 { connection.repeatLast() }
        let diagnosis = try connection.closingUnheard(1_460).diagnosis
        #expect(diagnosis.verdict == .interfered && diagnosis.mechanism == .mtuBlackHole, "\(diagnosis.summary)")
        #expect(diagnosis.stage == .tls && diagnosis.zones.contains(.returnPath))
    }
}
