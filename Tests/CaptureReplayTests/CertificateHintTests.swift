import Conversations
import Diagnosis
import PacketWire
import StallpointTestKit
import Testing

@testable import CaptureReplay

/// The certificate of TLS 1.2 beside what the client made of it, in November 2023 by the capture's clock.
struct CertificateHintTests {
    private enum Reaction: CaseIterable {
        case alert, leaves, goesOn
    }

    /// The server's flight in records of some size.
    private static func flight(_ certificate: TestCertificate, recordLength: Int) -> [UInt8] {
        let hello: [UInt8] = [2, 0, 0, 38, 3, 3] + [UInt8](repeating: 9, count: 32) + [0, 0xC0, 0x2F, 0]
        let messages = [hello, TestCertificate.message([certificate]) + [14, 0, 0, 0]]
        return messages.flatMap { message in
            stride(from: 0, to: message.count, by: recordLength).flatMap { start -> [UInt8] in
                let part = message[start..<min(message.count, start + recordLength)]
                return [22, 3, 3, UInt8(part.count >> 8), UInt8(part.count & 0xFF)] + part
            }
        }
    }

    private func diagnosis(
        _ certificate: TestCertificate, _ reaction: Reaction, recordLength: Int = 16_384, segment: Int = 1_400
    ) throws -> TargetDiagnosis {
        try ConnectionScript.opened(443) { connection in
            connection.client(TestHello(name: "a.lab", versions: [.tls12]).bytes)
            let flight = Self.flight(certificate, recordLength: recordLength)
            for start in stride(from: 0, to: flight.count, by: segment) {
                connection.server(Array(flight[start..<min(flight.count, start + segment)]))
            }
            let keys: [UInt8] = [20, 3, 3, 0, 1, 1]
            switch reaction {
            case .alert:
                connection.client([21, 3, 3, 0, 2, 2, 45])
                connection.finish(byClient: true)
            case .leaves: connection.finish(byClient: true)
            case .goesOn:
                connection.client(keys)
                connection.server(keys)
            }
        }
    }

    private static let good = TestCertificate(notBefore: "230101000000Z", notAfter: "240101000000Z")

    private static let cases: [(TestCertificate, String?)] = [
        (good, nil),
        (TestCertificate(notBefore: "220101000000Z", notAfter: "230101000000Z"), "it expired on 2023-01-01T00:00:00Z"),
        (TestCertificate(), "it is valid from 2026-01-01T00:00:00Z on"),
        (
            TestCertificate(names: ["b.lab", "c.lab"], notBefore: "230101000000Z", notAfter: "240101000000Z"),
            "it is for b.lab, c.lab, and a.lab was asked for"
        ),
        (
            TestCertificate(issuer: "a.lab", notBefore: "230101000000Z", notAfter: "240101000000Z"),
            "nobody but itself vouches for it"
        ),
    ]

    @Test(
        "What is wrong with a certificate says why the client left, and only then is a fault",
        arguments: 0..<cases.count)
    func faults(_ index: Int) throws {
        let (certificate, fault) = Self.cases[index]
        let alerted = try diagnosis(certificate, .alert)
        #expect(alerted.mechanism == .tlsAlert && alerted.confidence == .likely)
        #expect(alerted.summary.contains(fault ?? "in time and for that name"), "\(alerted.summary)")
        let left = try diagnosis(certificate, .leaves)
        #expect(left.verdict == (fault == nil ? .open : .interfered))
        if let fault { #expect(left.mechanism == .tlsAlert && left.summary.contains(fault)) }
        let gone = try diagnosis(certificate, .goesOn)
        #expect(gone.verdict == .open && gone.summary.contains(fault ?? "handshake"))
        let facts = gone.evidence.filter { $0.fact.hasPrefix("certificate of O=Lab, CN=a.lab, from O=Lab, CN=") }
        #expect(facts.count == 1 && facts[0].detail.contains("a capture has no trust store"))
    }

    @Test("Records and segments of any size hold the same certificate", arguments: [(40, 1_400), (16_384, 3), (7, 5)])
    func pieces(_ record: Int, _ segment: Int) throws {
        let found = try diagnosis(Self.good, .alert, recordLength: max(record, 42), segment: segment)
        #expect(found.evidence.contains { $0.fact.hasPrefix("certificate of O=Lab, CN=a.lab") })
    }
}
