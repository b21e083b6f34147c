/// A certificate as RFC 5280 section 4.1 writes it, signed by nobody.
public struct TestCertificate: Sendable {
    public var subject = "a.lab"
    public var issuer = "Lab CA"
    public var names = ["a.lab", "*.sub.a.lab"]
    /// Of four or sixteen octets; what has another length is no address.
    public var addresses: [[UInt8]] = []
    public var notBefore = "260101000000Z"
    public var notAfter = "270101000000Z"

    public init(
        subject: String = "a.lab", issuer: String = "Lab CA", names: [String] = ["a.lab", "*.sub.a.lab"],
        addresses: [[UInt8]] = [], notBefore: String = "260101000000Z", notAfter: String = "270101000000Z"
    ) {
        (self.subject, self.issuer, self.names, self.addresses) = (subject, issuer, names, addresses)
        (self.notBefore, self.notAfter) = (notBefore, notAfter)
    }

    private static func value(_ tag: UInt8, _ content: [UInt8]) -> [UInt8] {
        content.count < 0x80
            ? [tag, UInt8(content.count)] + content
            : [tag, 0x82, UInt8(content.count >> 8), UInt8(content.count & 0xFF)] + content
    }

    private static func time(_ text: String) -> [UInt8] { value(text.utf8.count == 13 ? 0x17 : 0x18, Array(text.utf8)) }

    private static func name(_ common: String) -> [UInt8] {
        func attribute(_ type: UInt8, _ text: String) -> [UInt8] {
            value(0x31, value(0x30, value(0x06, [0x55, 0x04, type]) + value(0x0C, Array(text.utf8))))
        }
        return value(0x30, attribute(10, "Lab") + attribute(3, common))
    }

    public var der: [UInt8] {
        let alternatives = Self.value(
            0x30,
            names.flatMap { Self.value(0x82, Array($0.utf8)) } + addresses.flatMap { Self.value(0x87, $0) })
        let extensions = Self.value(
            0x30,
            Self.value(0x30, Self.value(0x06, [0x55, 0x1D, 0x13]) + [1, 1, 0xFF] + Self.value(0x04, [0x30, 0]))
                + Self.value(0x30, Self.value(0x06, [0x55, 0x1D, 0x11]) + Self.value(0x04, alternatives)))
        let algorithm = Self.value(0x30, Self.value(0x06, [0x2A, 0x03]))
        let body: [[UInt8]] = [
            Self.value(0xA0, [2, 1, 2]), Self.value(0x02, [1]), algorithm, Self.name(issuer),
            Self.value(0x30, Self.time(notBefore) + Self.time(notAfter)), Self.name(subject),
            Self.value(0x30, algorithm + Self.value(0x03, [0, 1])),
            names.isEmpty && addresses.isEmpty ? [] : Self.value(0xA3, extensions),
        ]
        return Self.value(0x30, Self.value(0x30, body.flatMap { $0 }) + algorithm + Self.value(0x03, [0, 1]))
    }

    /// The message that shows it: RFC 5246 section 7.4.2.
    public static func message(_ chain: [TestCertificate]) -> [UInt8] {
        func counted(_ bytes: [UInt8]) -> [UInt8] {
            [UInt8(bytes.count >> 16), UInt8(bytes.count >> 8 & 0xFF), UInt8(bytes.count & 0xFF)] + bytes
        }
        return [11] + counted(counted(chain.flatMap { counted($0.der) }))
    }
}
