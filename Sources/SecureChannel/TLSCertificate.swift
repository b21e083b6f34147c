public import PacketWire

/// One certificate as a peer sent it. Nothing in it is proved by being here.
public struct TLSCertificate: Sendable, Hashable {
    /// As RFC 2253 writes it, the most specific part first; cut behind 1,024 bytes.
    public var subject: NetworkText
    public var issuer: NetworkText
    /// The DNS names of subjectAltName, wildcards as they are. With ``addresses``, 100 at most.
    public var names: [NetworkText]
    public var addresses: [IPAddress]
    /// How many names and addresses the certificate bears.
    public var nameCount: Int
    /// Seconds since 1970; nil when it is no valid time.
    public var notBefore: Int64?
    public var notAfter: Int64?
    /// Hexadecimal, two digits a byte; cut behind 64 bytes.
    public var serialNumber: String
    /// Subject and issuer are the same. Whether it is also signed by its own key is not looked at.
    public var isSelfIssued: Bool
    /// SHA-256 of the whole certificate, hexadecimal.
    public var fingerprint: String
    /// `RSA 2048`, `EC prime256v1`, `ED25519`; nil when the library cannot read the key.
    public var keyType: String?
}
