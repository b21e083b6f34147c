import Diagnosis
import PacketWire
import StallpointTestKit
import Testing

@testable import CaptureReplay

/// A server that asks for a certificate of the client: in the clear up to TLS 1.2, by sizes alone from TLS 1.3 on.
struct CertificateDemandTests {
    // MARK: Up to TLS 1.2

    /// What the client says in its flight, and how the server takes it.
    private enum Ending {
        case alert(UInt8)
        case closes, resets, goesOn
    }

    private static func record(_ message: [UInt8]) -> [UInt8] {
        [22, 3, 3, UInt8(message.count >> 8), UInt8(message.count & 0xFF)] + message
    }

    private static let exchange: [UInt8] = [16, 0, 0, 2, 0, 0]
    private static let empty: [UInt8] = [11, 0, 0, 3, 0, 0, 0]
    private static let own: [UInt8] = [11, 0, 0, 7, 0, 0, 4, 0, 0, 1, 9]

    /// - Parameters:
    ///   - asks: with a CertificateRequest between the server's key and its end.
    ///   - shown: the client's Certificate message; empty for none at all.
    private static func older(
        asks: Bool, shown: [UInt8], _ ending: Ending, segment: Int = 1_400, together: Bool = false
    ) throws -> TargetDiagnosis {
        try ConnectionScript.opened(443) { connection in
            connection.client(TestHello(name: "a.lab", versions: [.tls12]).bytes)
            let hello: [UInt8] = [2, 0, 0, 38, 3, 3] + [UInt8](repeating: 9, count: 32) + [0, 0xC0, 0x2F, 0]
            let certificate = TestCertificate(notBefore: "230101000000Z", notAfter: "240101000000Z")
            let request: [UInt8] = asks ? [13, 0, 0, 4, 1, 1, 0, 0] : []
            let rest: [[UInt8]] = [
                TestCertificate.message([certificate]), [12, 0, 0, 3, 13, 14, 13], request, [14, 0, 0, 0],
            ]
            let messages = ([hello] + rest).filter { !$0.isEmpty }
            let flight = together ? Self.record(messages.flatMap(\.self)) : messages.flatMap(Self.record)
            for start in stride(from: 0, to: flight.count, by: segment) {
                connection.server(Array(flight[start..<min(flight.count, start + segment)]))
            }
            let words = shown.isEmpty ? [] : Self.record(shown)
            connection.client(words + Self.record(Self.exchange) + [20, 3, 3, 0, 1, 1])
            switch ending {
            case .alert(let code):
                connection.server([21, 3, 3, 0, 2, 2, code])
                connection.finish(byClient: false)
            case .closes: connection.finish(byClient: false)
            case .resets: connection.reset(byClient: false)
            case .goesOn:
                connection.server([20, 3, 3, 0, 1, 1])
                connection.finish(byClient: false)
            }
        }
    }

    private static let asked = "the server asks for a client certificate"

    @Test("Asked for, not shown, and refused", arguments: [40, 41, 42, 116] as [UInt8])
    func refused(_ code: UInt8) throws {
        for (segment, together) in [(1_400, false), (1_400, true), (3, false), (3, true), (1, true)] {
            let found = try Self.older(
                asks: true, shown: Self.empty, .alert(code), segment: segment, together: together)
            #expect(found.verdict == .interfered && found.stage == .tls && found.mechanism == .tlsAlert)
            #expect(
                found.confidence == .strong && found.summary.contains("wants a certificate of the client for a.lab"))
            #expect(found.evidence.contains { $0.fact == Self.asked && $0.detail == "the client shows none" })
        }
    }

    @Test func whatIsNotAskedForIsNotWanted() throws {
        let found = try Self.older(asks: false, shown: [], .alert(40))
        #expect(found.mechanism == .tlsAlert && found.confidence == .likely)
        #expect(!found.factTexts.contains(Self.asked) && !found.summary.contains("goes no further without one"))
    }

    @Test func oneThatWasShownIsNotTaken() throws {
        let found = try Self.older(asks: true, shown: Self.own, .alert(48))
        #expect(found.summary.contains("unknown_ca") && found.confidence == .likely)
        #expect(found.evidence.contains { $0.fact == Self.asked && $0.detail == "the client shows one" })
    }

    @Test func anAlertOfSomethingElseIsThat() throws {
        let found = try Self.older(asks: true, shown: Self.empty, .alert(51))
        #expect(found.confidence == .likely && found.summary.contains("decrypt_error"))
    }

    @Test func whoGoesWithoutAWordMayGoForAnotherReason() throws {
        for ending in [Ending.closes, .resets] {
            let found = try Self.older(asks: true, shown: Self.empty, ending)
            #expect(found.verdict == .interfered && found.confidence == .likely)
            #expect(found.summary.contains("wants a certificate of the client"))
        }
        #expect(try Self.older(asks: true, shown: Self.empty, .goesOn).verdict == .open)
    }

    // MARK: From TLS 1.3 on

    private static func encrypted(_ length: Int) -> [UInt8] {
        [23, 3, 3, UInt8(length >> 8), UInt8(length & 0xFF)] + [UInt8](repeating: 0x5A, count: length)
    }

    private static let changed: [UInt8] = [20, 3, 3, 0, 1, 1]

    private static func newer(
        _ words: [UInt8], says: [Int] = [19], wait: Int64 = 0, _ end: (inout ConnectionScript) -> Void
    ) throws -> TargetDiagnosis {
        try ConnectionScript.opened(443) { connection in
            connection.client(TestHello(name: "a.lab").bytes)
            connection.server(TestHello.answer)
            connection.server(Self.encrypted(800))
            connection.client(words)
            connection.wait(wait)
            for length in says { connection.server(Self.encrypted(length)) }
            end(&connection)
        }
    }

    /// Empty Certificate and Finished: with and without ChangeCipherSpec, in two records and in one.
    private static let withoutCertificate: [[UInt8]] = [
        changed + encrypted(25) + encrypted(53), encrypted(25) + encrypted(69), changed + encrypted(77),
        changed + encrypted(61), encrypted(61),
    ]

    @Test(arguments: withoutCertificate)
    func anEmptyCertificateAndAnAlert(_ words: [UInt8]) throws {
        for isReset in [false, true] {
            let found = try Self.newer(words) { isReset ? $0.reset(byClient: false) : $0.finish(byClient: false) }
            #expect(found.verdict == .interfered && found.stage == .tls && found.mechanism == .tlsAlert)
            #expect(found.confidence == .likely && found.summary.contains("wants a certificate of the client"))
            #expect(found.lookAlikes.count == 1 && found.zones == [.destination, .path])
        }
    }

    @Test func anAlertAloneMaySayAnything() throws {
        for finished in [53, 69] {
            let found = try Self.newer(Self.changed + Self.encrypted(finished)) { $0.finish(byClient: false) }
            #expect(found.verdict == .interfered && found.confidence == .weak && found.actor == nil)
            #expect(found.summary.contains("It may want a certificate"))
        }
    }

    @Test("What is no refusal") func healthy() throws {
        let finished = Self.changed + Self.encrypted(53)
        let empty = Self.withoutCertificate[0]
        // Tickets, an answer, a client that says goodbye first, a server that waited, one that says nothing, one that stays.
        let courses: [(words: [UInt8], says: [Int], wait: Int64, end: (inout ConnectionScript) -> Void)] = [
            (empty, [250, 19], 0, { $0.finish(byClient: false) }), (finished, [400], 0, { $0.finish(byClient: false) }),
            (finished, [19], 0, { $0.finish(byClient: true) }), (empty, [19], 3_000, { $0.finish(byClient: false) }),
            (finished, [], 0, { $0.finish(byClient: false) }), (finished, [19], 0, { _ in }),
        ]
        for (index, course) in courses.enumerated() {
            let found = try Self.newer(course.words, says: course.says, wait: course.wait, course.end)
            #expect(found.mechanism != .tlsAlert, "\(index)")
        }
        let parting = try ConnectionScript.opened(443) { connection in
            connection.client(TestHello(name: "a.lab").bytes)
            connection.server(TestHello.answer)
            connection.client(empty)
            connection.client(Self.encrypted(19))
            connection.server(Self.encrypted(19))
            connection.finish(byClient: false)
        }
        #expect(parting.verdict == .open)
    }
}
