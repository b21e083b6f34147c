import Diagnosis
import PacketWire
import StallpointTestKit
import Testing

@testable import CaptureReplay

/// DNS over TCP as captures hold it: messages in any pieces, several in one, longer than what is kept.
struct DNSOverTCPTests {
    private static func query(_ name: String, _ identifier: UInt16) -> DNSMessage {
        DNSMessage.query(DNSName(name) ?? .root, .a, identifier: identifier)
    }

    private func said(_ client: [[UInt8]], _ server: [[UInt8]]) throws -> TargetDiagnosis {
        try ConnectionScript.opened(53) { connection in
            for segment in client { connection.client(segment) }
            for segment in server { connection.server(segment) }
            connection.finish(byClient: true)
        }
    }

    private func pieces(_ bytes: [UInt8], of size: Int) -> [[UInt8]] {
        stride(from: 0, to: bytes.count, by: size).map { Array(bytes[$0..<min($0 + size, bytes.count)]) }
    }

    private func told(_ diagnosis: TargetDiagnosis) -> String? {
        diagnosis.evidence.map(\.fact).first { $0.hasPrefix("DNS: ") }
    }

    @Test("Questions and answers in any pieces, several in one segment", arguments: [1, 2, 3, 12, 29, 1_000])
    func inPieces(_ size: Int) throws {
        let (first, second) = (Self.query("www.lab", 1), Self.query("wpad.lab", 2))
        let asked = first.encodedForTCP() + second.encodedForTCP()
        let answered = first.response().encodedForTCP() + second.response(.nonExistentDomain).encodedForTCP()
        let diagnosis = try said(pieces(asked, of: size), pieces(answered, of: size))
        #expect(diagnosis.verdict == .open, "\(diagnosis.summary)")
        #expect(told(diagnosis) == "DNS: 2 questions, first www.lab A; 2 answered, 1 with NXDOMAIN")
    }

    @Test("The length by itself, as some send it")
    func lengthAlone() throws {
        let (asked, answered) = (
            Self.query("www.lab", 1).encodedForTCP(), Self.query("www.lab", 1).response(.refused).encodedForTCP()
        )
        let diagnosis = try said(
            [Array(asked[..<2]), Array(asked[2...])], [Array(answered[..<2]), Array(answered[2...])])
        #expect(diagnosis.mechanism == .resolverRefused && diagnosis.summary.contains("REFUSED for www.lab A"))
    }

    @Test("An answer longer than what is kept is told, and so is what follows it", arguments: [700, 1_400])
    func longAnswer(_ size: Int) throws {
        let (first, second) = (Self.query("www.lab", 1), Self.query("wpad.lab", 2))
        var long = first.response().encoded()
        long += [UInt8](repeating: 0, count: 9_000)
        let answered = [UInt8(long.count >> 8), UInt8(long.count & 255)] + long + second.response().encodedForTCP()
        let diagnosis = try said(
            [first.encodedForTCP(), second.encodedForTCP()], pieces(answered, of: size))
        #expect(told(diagnosis) == "DNS: 2 questions, first www.lab A; 2 answered", "\(told(diagnosis) ?? "")")
    }

    @Test("A question that stays without an answer, and one that is not whole")
    func unanswered() throws {
        let asked = Self.query("www.lab", 1).encodedForTCP()
        #expect(told(try said([asked], []))?.hasPrefix("DNS: 1 question, first www.lab A; 0 answered") == true)
        #expect(try said([Array(asked[..<1])], []).verdict == .open)
        #expect(told(try said([Array(asked[..<9])], [])) == nil)
    }
}
