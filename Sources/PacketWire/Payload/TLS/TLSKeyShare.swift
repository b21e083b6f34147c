/// A client's share of a key exchange that is never finished: bytes that a server takes for a public key.
public struct TLSKeyShare: Hashable, Sendable {
    public var group: TLSNamedGroup
    public var key: [UInt8]

    public init(_ group: TLSNamedGroup, _ key: [UInt8]) {
        self.group = group
        self.key = key
    }

    /// RFC 7748 section 5: any 32 bytes will do.
    public static func x25519(using generator: inout some RandomNumberGenerator) -> TLSKeyShare {
        TLSKeyShare(.x25519, randomBytes(32, using: &generator))
    }

    /// draft-ietf-tls-ecdhe-mlkem section 4.1: the encapsulation key of ML-KEM-768, then a point of X25519.
    ///
    /// FIPS 203 section 7.2 has a server look whether each coefficient is below the modulus: three polynomials of 256
    /// coefficients, two of them in three bytes (section 4.2.1), and a seed of 32 bytes.
    public static func x25519MLKEM768(using generator: inout some RandomNumberGenerator) -> TLSKeyShare {
        var key: [UInt8] = []
        key.reserveCapacity(1_216)
        for _ in 0..<3 * 256 / 2 {
            let low = UInt16.random(in: 0..<modulus, using: &generator)
            let high = UInt16.random(in: 0..<modulus, using: &generator)
            key.append(UInt8(truncatingIfNeeded: low))
            key.append(UInt8(truncatingIfNeeded: low >> 8 | high << 4))
            key.append(UInt8(truncatingIfNeeded: high >> 4))
        }
        key += randomBytes(32 + 32, using: &generator)
        return TLSKeyShare(.x25519MLKEM768, key)
    }

    /// FIPS 203 section 2.4.
    static let modulus: UInt16 = 3_329

    private static func randomBytes(_ count: Int, using generator: inout some RandomNumberGenerator) -> [UInt8] {
        (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
    }
}
