public import SecureChannel

/// How TLS is spoken, as a person asked for it.
public struct TLSOptions: Sendable {
    /// The name in the ClientHello; nil is the target's, `""` is none.
    public var serverName: String?
    /// What is offered by ALPN, best first; empty offers what the request behind it speaks.
    public var applicationProtocols: [String] = []
    public var trust: TLSTrustStore
    /// What is wrong with a certificate is said, and overlooked.
    public var isInsecure = false
    /// Bytes by which the ClientHello is longer, as post-quantum key shares make it.
    public var helloPadding = 0

    public init(trust: TLSTrustStore) {
        self.trust = trust
    }
}
