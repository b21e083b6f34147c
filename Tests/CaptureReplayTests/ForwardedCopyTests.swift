import Diagnosis
import PacketWire
import StallpointTestKit
import Testing

@testable import CaptureReplay

/// A capture on all interfaces of a router holds each packet twice, and the second time it has passed one router more.
struct ForwardedCopyTests {
    private struct Case: CustomTestStringConvertible, Sendable {
        var testDescription: String
        var isV6 = false
        var identification: UInt16 = 0
        var delay: Int64 = 30_000
        var isFarFirst = false
    }

    private static let cases = [
        Case(testDescription: "IPv4 with an identification", identification: 4_711),
        Case(testDescription: "IPv4 without one, as Linux sends its SYN-ACK"),
        Case(testDescription: "IPv6, which has none", isV6: true),
        // So long until the next hop's link address is known.
        Case(testDescription: "IPv4 after address resolution", identification: 4_711, delay: 20_000_000),
        Case(testDescription: "IPv6 after address resolution", isV6: true, delay: 20_000_000),
        Case(testDescription: "the farther interface first", isFarFirst: true),
        Case(testDescription: "the farther interface first, IPv6", isV6: true, isFarFirst: true),
    ]

    private static func script(_ kind: Case, _ port: UInt16) -> ConnectionScript {
        let (client, server) = (IPAddress("2001:db8:1::2")!, IPAddress("2001:db8:2::2")!)
        var script =
            kind.isV6
            ? ConnectionScript(from: client, to: server, port) : ConnectionScript(to: ConnectionScript.server, port)
        script.there.identification = kind.identification
        script.back.identification = kind.identification
        return script
    }

    @Test("An open connection is open, and nothing of it was lost", arguments: cases)
    private func connection(_ kind: Case) throws {
        var script = Self.script(kind, 80)
        script.handshake()
        script.client(Array("GET / HTTP/1.1\r\n\r\n".utf8))
        script.server(Array("HTTP/1.1 204 No Content\r\n\r\n".utf8))
        script.finish(byClient: true)
        let seen = script.forwarded(after: kind.delay, isFarFirst: kind.isFarFirst)
        let result = try CaptureReplay(seen.captureFile).result
        #expect(result.digest.verdicts == [.open: 1])
        #expect(result.digest.limits.contains { $0.contains("are copies") })
    }

    @Test("A SYN that is sent again is no copy, and its copies are no SYNs", arguments: cases)
    private func silence(_ kind: Case) throws {
        var script = Self.script(kind, 80)
        script.syn()
        script.repeatLast()
        script.repeatLast()
        let seen = script.forwarded(after: kind.delay, isFarFirst: kind.isFarFirst)
        let diagnosis = try seen.diagnosis
        #expect(diagnosis.verdict == .blocked && diagnosis.summary.contains("(3 SYNs sent)"))
    }

    @Test("Who waits is who repeats, and not whose packets are seen twice")
    func waits() throws {
        var script = ConnectionScript(to: ConnectionScript.server, 9_000)
        script.handshake()
        script.client([1, 2, 3])
        script.acknowledge(fromClient: false)
        script.server([UInt8](repeating: 0xEE, count: 100))
        for _ in 0..<4 { script.repeatLast() }
        let diagnosis = try script.forwarded(after: 4_000_000).diagnosis
        #expect(diagnosis.verdict == .interfered && diagnosis.summary.contains("the server waited"))
    }

    @Test("A question and its answer are one of each", arguments: cases)
    private func datagrams(_ kind: Case) throws {
        for port in [53, 161] as [UInt16] {
            var script = Self.script(kind, port)
            script.datagram(DNSMessage.question("www.lab", 1).encoded(), fromClient: true)
            script.datagram(DNSMessage.question("www.lab", 1).response(.noError).encoded(), fromClient: false)
            let seen = script.forwarded(after: min(kind.delay, 4_000_000), isFarFirst: kind.isFarFirst)
            #expect(try CaptureReplay(seen.captureFile).result.digest.verdicts == [.open: 1])
        }
    }

    @Test("A question that is asked again is no copy: without an identification, at once with the same TTL, and later")
    func askedAgain() throws {
        for wait in [0, 400] as [Int64] {
            var script = ConnectionScript(to: ConnectionScript.server, 161)
            script.datagram([1, 2, 3], fromClient: true)
            script.wait(wait)
            script.datagram([1, 2, 3], fromClient: true)
            script.wait(5_000)
            script.datagram([1, 2, 3], fromClient: true)
            #expect(try script.diagnosis.summary.contains("3 datagrams sent"))
        }
    }
}
