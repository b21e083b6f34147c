/// What a certificate says of itself, as it travels in the clear up to TLS 1.2: RFC 5280 section 4.1. Nothing is
/// verified: who signed it, and whether anybody trusts that, no packet tells.
public struct CertificateOutline: Hashable, Sendable {
    /// `CN=server.lab, O=Lab`
    public var subject: NetworkText
    public var issuer: NetworkText
    /// The DNS names of subjectAltName, wildcards as they are; the first 32.
    public var names: [NetworkText] = []
    /// The addresses of subjectAltName; the first 32.
    public var addresses: [IPAddress] = []
    /// The subject's common name, by which clients of old go where there is no other name.
    public var commonName: NetworkText?
    /// Nil where it is no valid time.
    public var notBefore: Moment?
    public var notAfter: Moment?
    /// Subject and issuer are the same: whether it is also signed by its own key is not looked at.
    public var isSelfIssued: Bool

    public struct Moment: Hashable, Sendable, CustomStringConvertible {
        /// Since 1970.
        public var seconds: Int64
        /// `2026-11-27T12:00:00Z`
        public var description: String
    }

    private static let mostNames = 32
    private static let subjectAltName: [UInt8] = [0x55, 0x1D, 0x11]

    /// - Throws: where it is shorter than it says, or no certificate.
    public init(decoding der: Span<UInt8>) throws(DecodeError) {
        var whole = ByteCursor(0..<der.count, of: der, .tls)
        var certificate = try whole.entering(BasicEncoding.sequence, der)
        var body = try certificate.entering(BasicEncoding.sequence, der)
        // Version 1 leaves the version out.
        var serial = try body.basicValue(der)
        if serial.tag == 0xA0 { serial = try body.basicValue(der) }
        _ = try body.basicValue(der)
        let from = try body.basicContent(BasicEncoding.sequence, der)
        var validity = try body.entering(BasicEncoding.sequence, der)
        let to = try body.basicContent(BasicEncoding.sequence, der)
        (issuer, _) = try Self.name(der, from)
        (subject, commonName) = try Self.name(der, to)
        isSelfIssued = der.array(from) == der.array(to)
        notBefore = Self.time(der, try validity.basicValue(der))
        notAfter = Self.time(der, try validity.basicValue(der))
        while body.remaining > 0 {
            let part = try body.basicValue(der)
            if part.tag == 0xA3 { try readExtensions(der, part.content) }
        }
    }

    private mutating func readExtensions(_ der: Span<UInt8>, _ range: Range<Int>) throws(DecodeError) {
        var outer = ByteCursor(range, of: der, .tls)
        var list = try outer.entering(BasicEncoding.sequence, der)
        while list.remaining > 0 {
            var one = try list.entering(BasicEncoding.sequence, der)
            guard der.array(try one.basicContent(BasicEncoding.objectIdentifier, der)) == Self.subjectAltName else {
                continue
            }
            var value = try one.basicValue(der)
            // Whether it is critical stands before it.
            if value.tag == 0x01 { value = try one.basicValue(der) }
            var holder = ByteCursor(value.content, of: der, .tls)
            var alternatives = try holder.entering(BasicEncoding.sequence, der)
            while alternatives.remaining > 0, max(names.count, addresses.count) < Self.mostNames {
                let name = try alternatives.basicValue(der)
                switch name.tag {
                case 0x82: names.append(NetworkText(bytes: der.array(name.content)))
                case 0x87: if let address = IPAddress(octets: der.array(name.content)) { addresses.append(address) }
                default: break
                }
            }
        }
    }

    /// The attributes that people know, in the order of the certificate, and the common name.
    private static func name(
        _ der: Span<UInt8>, _ range: Range<Int>
    ) throws(DecodeError) -> (text: NetworkText, commonName: NetworkText?) {
        var parts: [[UInt8]] = []
        var common: NetworkText?
        var list = ByteCursor(range, of: der, .tls)
        while list.remaining > 0, parts.count < 16 {
            var set = try list.entering(0x31, der)
            var attribute = try set.entering(BasicEncoding.sequence, der)
            let type = der.array(try attribute.basicContent(BasicEncoding.objectIdentifier, der))
            let value = der.array(try attribute.basicValue(der).content.prefix(256))
            guard type.count == 3, type[0] == 0x55, type[1] == 0x04, let label = labels[type[2]] else { continue }
            if type[2] == 3 { common = NetworkText(bytes: value) }
            parts.append(Array(label.utf8) + value)
        }
        return (NetworkText(bytes: Array(parts.joined(separator: ", ".utf8))), common)
    }

    /// Of RFC 4514 section 3, by the last number of their identifiers.
    private static let labels: [UInt8: String] = [3: "CN=", 6: "C=", 7: "L=", 8: "ST=", 10: "O=", 11: "OU="]

    /// RFC 5280 section 4.1.2.5: two digits of a year up to 2049, four from then on, in UTC and with seconds.
    private static func time(_ der: Span<UInt8>, _ value: (tag: UInt8, content: Range<Int>)) -> Moment? {
        let text = der.array(value.content)
        guard text.last == UInt8(ascii: "Z") else { return nil }
        let digits = text.dropLast().map { Int64($0) - 0x30 }
        let yearDigits = value.tag == 0x17 ? 2 : 4
        guard digits.count == yearDigits + 10, digits.allSatisfy({ (0...9).contains($0) }) else { return nil }
        func number(_ range: Range<Int>) -> Int64 { digits[range].reduce(0) { $0 * 10 + $1 } }
        let written = number(0..<yearDigits)
        let year = yearDigits == 4 ? written : written + (written < 50 ? 2_000 : 1_900)
        let rest = (0..<5).map { number(yearDigits + 2 * $0..<yearDigits + 2 * $0 + 2) }
        guard (1...12).contains(rest[0]), (1...31).contains(rest[1]), rest[2] < 24, rest[3] < 60, rest[4] <= 60 else {
            return nil
        }
        let days = HTTPDate.daysSince1970(year, Int(rest[0]), rest[1])
        let two = rest.map { ($0 < 10 ? "0" : "") + String($0) }
        let padding = String(repeating: "0", count: max(0, 4 - String(year).count))
        return Moment(
            seconds: days * 86_400 + rest[2] * 3_600 + rest[3] * 60 + rest[4],
            description: "\(padding)\(year)-\(two[0])-\(two[1])T\(two[2]):\(two[3]):\(two[4])Z")
    }
}

extension CertificateOutline {
    /// Whether it is for that name: RFC 9525 section 6.3, where a wildcard stands for the whole of the first label.
    public func covers(_ name: NetworkText) -> Bool {
        let wanted = Self.lowercased(name)
        let patterns = names.isEmpty ? commonName.map { [$0] } ?? [] : names
        return patterns.contains { pattern in
            let pattern = Self.lowercased(pattern)
            guard pattern.starts(with: "*.".utf8) else { return pattern == wanted }
            guard let dot = wanted.firstIndex(of: UInt8(ascii: ".")), dot > 0 else { return false }
            return wanted[dot...].elementsEqual(pattern[1...])
        }
    }

    private static func lowercased(_ name: NetworkText) -> [UInt8] {
        let bytes = name.bytes.map(\.inLowerCase)
        return bytes.last == UInt8(ascii: ".") ? Array(bytes.dropLast()) : bytes
    }

    /// The certificates of a Certificate message, its type and length included, the server's own first: RFC 5246
    /// section 7.4.2. Nil where the message is not whole.
    ///
    /// - Parameter most: so many are read.
    public static func chain(in message: Span<UInt8>, most: Int = 4) -> [CertificateOutline]? {
        var cursor = ByteCursor(0..<message.count, of: message, .tls)
        guard let type = try? cursor.uint8(message), TLSHandshakeType(rawValue: type) == .certificate,
            let length = try? cursor.uint24(message), let body = try? cursor.take(length)
        else { return nil }
        var chain: [CertificateOutline] = []
        var holder = ByteCursor(body, of: message, .tls)
        guard let total = try? holder.uint24(message), let range = try? holder.take(total) else { return chain }
        var list = ByteCursor(range, of: message, .tls)
        while chain.count < most, let length = try? list.uint24(message), let one = try? list.take(length),
            let certificate = try? CertificateOutline(decoding: message.extracting(one))
        {
            chain.append(certificate)
        }
        return chain
    }
}
