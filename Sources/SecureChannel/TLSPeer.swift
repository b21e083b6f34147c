public import PacketWire

/// What is known of the peer, once it has chosen a version and a cipher.
public struct TLSPeer: Sendable, Hashable {
    public var version: TLSVersion
    public var cipherSuite: TLSCipherSuite
    /// The suite's name in the IANA registry, also of those that ``cipherSuite`` has no name for.
    public var cipherName: String
    /// What the peer chose of the protocols that were offered.
    public var applicationProtocol: NetworkText?
    /// The group of the key exchange, where there was one and the library tells.
    public var group: TLSNamedGroup?
    /// The peer asked for a certificate of the client. None is ever sent.
    public var asksForCertificate: Bool
    /// As sent, the server's own first; 32 at most. Empty until they came.
    public var chain: [TLSCertificate]
    /// How many certificates were sent.
    public var chainLength: Int
    /// Nil until the certificates came.
    public var verification: TLSVerification?
}

/// A handshake message, those that are encrypted included: what was said, and in which order.
public struct TLSMessage: Sendable, Hashable {
    public var isSent: Bool
    public var type: TLSHandshakeType
    /// Bytes, the header of four included.
    public var length: Int

    public init(isSent: Bool, type: TLSHandshakeType, length: Int) {
        self.isSent = isSent
        self.type = type
        self.length = length
    }
}

/// An alert, those that are encrypted and mere warnings included.
public struct TLSAlertEvent: Sendable, Hashable {
    public var isSent: Bool
    public var alert: TLSAlert

    public init(isSent: Bool, alert: TLSAlert) {
        self.isSent = isSent
        self.alert = alert
    }
}
