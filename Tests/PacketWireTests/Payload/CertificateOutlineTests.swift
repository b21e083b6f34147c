import PacketWire
import StallpointTestKit
import Testing

struct CertificateOutlineTests {
    @Test func whatACertificateSaysIsRead() throws {
        let read = try CertificateOutline(decoding: TestCertificate().der.span)
        #expect("\(read.subject)" == "O=Lab, CN=a.lab" && "\(read.issuer)" == "O=Lab, CN=Lab CA")
        #expect(read.names.map { "\($0)" } == ["a.lab", "*.sub.a.lab"] && !read.isSelfIssued)
        #expect(read.notBefore?.description == "2026-01-01T00:00:00Z" && read.notBefore?.seconds == 1_767_225_600)
        #expect(read.notAfter?.seconds == 1_798_761_600)
        #expect(try CertificateOutline(decoding: TestCertificate(subject: "x", issuer: "x").der.span).isSelfIssued)
    }

    @Test func addressesAreReadBesideTheNames() throws {
        let six: [UInt8] = [0x20, 0x01, 0x0D, 0xB8] + [UInt8](repeating: 0, count: 11) + [1]
        let certificate = TestCertificate(subject: "b.lab", names: [], addresses: [[192, 0, 2, 1], six, [1, 2, 3]])
        let read = try CertificateOutline(decoding: certificate.der.span)
        #expect(read.addresses.map(\.description) == ["192.0.2.1", "2001:db8::1"] && read.names.isEmpty)
        // As OpenSSL has it: where there is no name, the common name still counts.
        #expect(read.covers("b.lab"))
    }

    @Test(
        "Times are of two forms, and others are none",
        arguments: [
            ("490101000000Z", "2049-01-01T00:00:00Z"), ("500101000000Z", "1950-01-01T00:00:00Z"),
            ("20500229235959Z", "2050-02-29T23:59:59Z"), ("99991231235959Z", "9999-12-31T23:59:59Z"),
            ("261301000000Z", nil), ("260101000000", nil), ("2601010000Z", nil), ("26x101000000Z", nil),
        ] as [(String, String?)])
    func times(_ text: String, _ moment: String?) throws {
        #expect(
            try CertificateOutline(decoding: TestCertificate(notAfter: text).der.span).notAfter?.description == moment)
    }

    @Test(
        "A wildcard stands for one label, and the common name only where there are no others",
        arguments: [
            ("a.lab", true), ("A.LAB.", true), ("x.sub.a.lab", true), ("x.y.sub.a.lab", false), ("sub.a.lab", false),
            ("b.lab", false), ("", false), (".sub.a.lab", false),
        ])
    func names(_ name: String, _ isCovered: Bool) throws {
        let wanted = NetworkText(bytes: Array(name.utf8))
        #expect(try CertificateOutline(decoding: TestCertificate().der.span).covers(wanted) == isCovered)
        let old = try CertificateOutline(decoding: TestCertificate(subject: "b.lab", names: []).der.span)
        #expect(old.covers(wanted) == (name == "b.lab"))
    }

    @Test func noDamageTraps() {
        let message = TestCertificate.message([TestCertificate(), TestCertificate(subject: "Lab CA")])
        #expect(CertificateOutline.chain(in: message.span)?.count == 2)
        for count in 0..<message.count {
            #expect(CertificateOutline.chain(in: Array(message.prefix(count)).span) == nil)
            _ = try? CertificateOutline(decoding: Array(message.dropFirst(10).prefix(count)).span)
        }
        var random = SeededGenerator(seed: 11)
        for _ in 0..<2_000 {
            var damaged = message
            damaged[Int(random.next() % UInt64(damaged.count))] = UInt8(truncatingIfNeeded: random.next())
            _ = CertificateOutline.chain(in: damaged.span)
        }
    }
}
