public import PacketWire

/// What a session offers, whom it trusts, and which name the peer has to prove.
public struct TLSClientConfiguration: Sendable {
    /// Sent as SNI; nil sends none. An IP address is never sent: RFC 6066 section 3 has no place for one.
    public var serverName: String?
    /// What the certificate has to bear: a name, or an IP address, which is looked for among its addresses. Nil asks
    /// for none, and any certificate of a trusted issuer passes.
    public var verifiedName: String?
    /// ALPN, in order of preference; empty offers nothing.
    public var applicationProtocols: [NetworkText] = []
    public var minimumVersion = TLSVersion.tls12
    public var maximumVersion = TLSVersion.tls13
    public var trust: TLSTrustStore
    /// Without it, the certificates are verified all the same and the result is in ``TLSPeer/verification``, but the
    /// handshake goes on whatever the result is.
    public var enforcesVerification = true
    /// The groups to offer, in order of preference; empty leaves the choice to the library. It sends a key for the
    /// first, so that this is what makes a hello large (hybrids with ML-KEM) or small (``classicalGroups``).
    public var groups: [TLSNamedGroup] = []
    /// For TLS 1.2 and older, in OpenSSL's notation (ciphers(1)); nil leaves the choice to the library. Suites that
    /// know no certificate are never offered.
    public var ciphers: String?
    /// Bytes by which the hello is made longer, 16,000 at most: an extension that servers have to ignore, as RFC 8701
    /// has it. With it, a hello has the length of one with a hybrid group where the library has no such group.
    public var helloPadding = 0
    /// The moment for which certificates are verified, in seconds since 1970; nil is now.
    public var verificationTime: Int64?
    /// Bytes of decrypted data that a session keeps until they are taken. What comes beyond is counted and dropped.
    public var plaintextLimit = 1 << 16

    /// Groups whose keys leave the hello within one packet.
    public static let classicalGroups: [TLSNamedGroup] = [.x25519, .secp256r1, .secp384r1]

    /// - Parameter host: The name or IP address to talk to: asked for as SNI, if it is a name, and verified.
    public init(host: String? = nil, trust: TLSTrustStore) {
        serverName = host
        verifiedName = host
        self.trust = trust
    }
}

/// A name as it is used in TLS: an address, or a name without the root's dot.
enum PeerName: Hashable {
    case name(String)
    case address(IPAddress)

    init(_ text: String) throws(TLSConfigurationError) {
        // A zone says which interface, and is nothing that the peer knows of.
        let literal = text.split(separator: "%", maxSplits: 1, omittingEmptySubsequences: false)[0]
        if let address = IPAddress(literal) {
            self = .address(address)
            return
        }
        let name = text.hasSuffix(".") ? String(text.dropLast()) : text
        guard (1...253).contains(name.utf8.count), name.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw .badName(NetworkText(text))
        }
        self = .name(name)
    }
}
