/// A cipher suite by its number, IANA registry "TLS Cipher Suites". Named are those that are in use.
@frozen
public struct TLSCipherSuite: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    public var rawValue: UInt16

    @inlinable
    public init(rawValue: UInt16) {
        self.rawValue = rawValue
    }

    public static let aes128GCMSHA256 = TLSCipherSuite(rawValue: 0x1301)
    public static let aes256GCMSHA384 = TLSCipherSuite(rawValue: 0x1302)
    public static let chaCha20Poly1305SHA256 = TLSCipherSuite(rawValue: 0x1303)
    public static let ecdheECDSAWithAES128GCMSHA256 = TLSCipherSuite(rawValue: 0xC02B)
    public static let ecdheECDSAWithAES256GCMSHA384 = TLSCipherSuite(rawValue: 0xC02C)
    public static let ecdheRSAWithAES128GCMSHA256 = TLSCipherSuite(rawValue: 0xC02F)
    public static let ecdheRSAWithAES256GCMSHA384 = TLSCipherSuite(rawValue: 0xC030)
    public static let ecdheRSAWithChaCha20Poly1305SHA256 = TLSCipherSuite(rawValue: 0xCCA8)
    public static let ecdheECDSAWithChaCha20Poly1305SHA256 = TLSCipherSuite(rawValue: 0xCCA9)
    /// No suites, but signals among them: RFC 5746 and RFC 7507.
    public static let emptyRenegotiationInfo = TLSCipherSuite(rawValue: 0x00FF)
    public static let fallback = TLSCipherSuite(rawValue: 0x5600)

    private static let names: [UInt16: String] = [
        0x0005: "TLS_RSA_WITH_RC4_128_SHA", 0x000A: "TLS_RSA_WITH_3DES_EDE_CBC_SHA",
        0x002F: "TLS_RSA_WITH_AES_128_CBC_SHA", 0x0033: "TLS_DHE_RSA_WITH_AES_128_CBC_SHA",
        0x0035: "TLS_RSA_WITH_AES_256_CBC_SHA", 0x0039: "TLS_DHE_RSA_WITH_AES_256_CBC_SHA",
        0x003C: "TLS_RSA_WITH_AES_128_CBC_SHA256", 0x003D: "TLS_RSA_WITH_AES_256_CBC_SHA256",
        0x0067: "TLS_DHE_RSA_WITH_AES_128_CBC_SHA256", 0x006B: "TLS_DHE_RSA_WITH_AES_256_CBC_SHA256",
        0x009C: "TLS_RSA_WITH_AES_128_GCM_SHA256", 0x009D: "TLS_RSA_WITH_AES_256_GCM_SHA384",
        0x009E: "TLS_DHE_RSA_WITH_AES_128_GCM_SHA256", 0x009F: "TLS_DHE_RSA_WITH_AES_256_GCM_SHA384",
        0x00FF: "TLS_EMPTY_RENEGOTIATION_INFO_SCSV",
        0x1301: "TLS_AES_128_GCM_SHA256", 0x1302: "TLS_AES_256_GCM_SHA384",
        0x1303: "TLS_CHACHA20_POLY1305_SHA256", 0x1304: "TLS_AES_128_CCM_SHA256",
        0x5600: "TLS_FALLBACK_SCSV",
        0xC009: "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA", 0xC00A: "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA",
        0xC013: "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA", 0xC014: "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA",
        0xC023: "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256", 0xC024: "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA384",
        0xC027: "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256", 0xC028: "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384",
        0xC02B: "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", 0xC02C: "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
        0xC02F: "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", 0xC030: "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
        0xCCA8: "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
        0xCCA9: "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
        0xCCAA: "TLS_DHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
    ]

    public var description: String {
        Self.names[rawValue] ?? (isGREASE(rawValue) ? "GREASE" : hexadecimal(rawValue))
    }
}
