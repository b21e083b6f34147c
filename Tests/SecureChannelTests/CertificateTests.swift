import PacketWire
import Testing

@testable import SecureChannel

@Suite struct CertificateTests {
    static func certificate(
        key: Authority.KeyKind = .ec, _ change: (inout Authority.Request) -> Void
    ) -> TLSCertificate {
        var request = Authority.Request("server.test")
        change(&request)
        let identity = Identity(request, key: key)
        return withExtendedLifetime(identity) { unsafe TLSCertificate(x509: identity.certificate) }
    }

    @Test func everyField() {
        let read = Self.certificate {
            $0.alternativeNames = "DNS:server.test,DNS:*.wild.test,IP:192.0.2.1,IP:2001:db8::1"
        }
        #expect(read.subject == "CN=server.test")
        #expect(read.issuer == "CN=server.test")
        #expect(read.isSelfIssued)
        #expect(read.names == ["server.test", "*.wild.test"])
        #expect(read.addresses.map(\.description) == ["192.0.2.1", "2001:db8::1"])
        #expect(read.nameCount == 4)
        #expect(read.notBefore == Authority.now - 30 * Authority.day)
        #expect(read.notAfter == Authority.now + 60 * Authority.day)
        #expect(read.serialNumber == "1234")
        #expect(read.keyType == "EC prime256v1")
        #expect(read.fingerprint.count == 64)
        #expect(read.fingerprint.utf8.allSatisfy { "0123456789abcdef".utf8.contains($0) })
    }

    @Test(arguments: [
        (Authority.KeyKind.ec, "EC prime256v1"), (.ed25519, "ED25519"), (.rsa, "RSA 2048"),
    ]) func keyTypes(kind: Authority.KeyKind, text: String) {
        #expect(Self.certificate(key: kind) { _ in }.keyType == text)
    }

    @Test func timesFarAway() {
        let old = Self.certificate {
            $0.notBefore = -86_400
            $0.notAfter = 4_102_444_800
        }
        #expect(old.notBefore == -86_400)
        #expect(old.notAfter == 4_102_444_800)
        // 9999-12-31 23:59:59, which stands for "never" (RFC 5280 section 4.1.2.5).
        #expect(Self.certificate { $0.notAfter = 253_402_300_799 }.notAfter == 253_402_300_799)
    }

    @Test func negativeSerial() {
        #expect(Self.certificate { $0.serial = -255 }.serialNumber == "-ff")
    }

    @Test func severalPartsOfAName() {
        let read = Self.certificate { $0.subject = [("C", "DE"), ("O", "Beispiel, Öl & Co"), ("CN", "a+b.test")] }
        // The most specific first, and what has a meaning in the notation escaped.
        #expect(read.subject == "CN=a\\+b.test,O=Beispiel\\, Öl & Co,C=DE")
    }

    @Test func hostileNameIsNotPrintedRaw() {
        let read = Self.certificate { $0.subject = [("CN", "a\u{1B}[2Jb\nc\u{202E}d")] }
        let printed = read.subject.description
        #expect(!printed.unicodeScalars.contains { $0.value < 0x20 || $0.value == 0x202E })
        #expect(printed.contains("[2Jb"))
    }

    @Test func longNameIsCut() {
        // OpenSSL itself makes no longer part than 64 letters, but any number of parts.
        let read = Self.certificate {
            $0.subject = Array(repeating: ("OU", String(repeating: "ü", count: 64)), count: 20)
        }
        #expect(read.subject.bytes.count <= TLSCertificate.textLimit + 3)
        #expect(read.subject.description.hasSuffix("…"))
        // In whole letters.
        #expect(String(validating: read.subject.bytes, as: UTF8.self) != nil)
    }

    @Test func manyNamesAreCountedAndNotKept() {
        let read = Self.certificate {
            $0.alternativeNames = (0..<250).map { "DNS:n\($0).test,IP:10.0.0.\($0)" }.joined(separator: ",")
        }
        #expect(read.names.count == 50 && read.addresses.count == 50)
        #expect(read.nameCount == 500)
    }

    @Test func otherKindsOfNamesAreLeftOut() {
        let read = Self.certificate { $0.alternativeNames = "email:a@b.test,URI:https://c.test/,DNS:d.test" }
        #expect(read.names == ["d.test"])
        #expect(read.nameCount == 1)
    }

    @Test func addressOfNoFamilyIsLeftOut() {
        // Five bytes: by hand, since OpenSSL makes none.
        let read = Self.certificate { $0.alternativeNames = "DER:30:07:87:05:01:02:03:04:05" }
        #expect(read.addresses.isEmpty)
        #expect(read.nameCount == 1)
    }

    @Test func extensionThatCannotBeRead() {
        #expect(Self.certificate { $0.alternativeNames = "DER:30:20:01" }.nameCount == 0)
    }
}
