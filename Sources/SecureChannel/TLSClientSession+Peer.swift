internal import COpenSSL
internal import PacketWire

extension TLSClientSession {
    /// The handshake's messages in their order, both ways; 64 at most.
    public var messages: [TLSMessage] { observer.messages }

    /// The alerts in their order, both ways; 16 at most.
    public var alerts: [TLSAlertEvent] { observer.alerts }

    /// What is known of the peer; nil until it has chosen a version and a cipher. It stays after a failure.
    public var peer: TLSPeer? {
        // Before the session has keys, what was chosen is still pending.
        guard let cipher = unsafe SSL_get_current_cipher(ssl) ?? SSL_get_pending_cipher(ssl) else { return nil }
        let name = unsafe SSL_CIPHER_standard_name(cipher).map { unsafe String(cString: $0) }
        let suite = unsafe TLSCipherSuite(rawValue: SSL_CIPHER_get_protocol_id(cipher))
        let verification: TLSVerification = observer.failures.isEmpty ? .passed : .failed(observer.failures)
        return unsafe TLSPeer(
            version: TLSVersion(rawValue: UInt16(truncatingIfNeeded: SSL_version(ssl))), cipherSuite: suite,
            cipherName: name ?? suite.description, applicationProtocol: chosenProtocol, group: group,
            asksForCertificate: observer.asksForCertificate, chain: observer.chain, chainLength: observer.chainLength,
            verification: observer.didVerify ? verification : nil)
    }

    private var chosenProtocol: NetworkText? {
        var bytes: UnsafePointer<UInt8>?
        var count: UInt32 = 0
        unsafe SSL_get0_alpn_selected(ssl, &bytes, &count)
        guard let start = unsafe bytes, count > 0 else { return nil }
        return unsafe NetworkText(bytes: Array(UnsafeBufferPointer(start: start, count: Int(count))))
    }

    private var group: TLSNamedGroup? {
        let number = unsafe cos_negotiated_group(ssl)
        switch number {
        case NID_X9_62_prime256v1: return .secp256r1
        case NID_secp384r1: return .secp384r1
        case NID_secp521r1: return .secp521r1
        case NID_X25519: return .x25519
        case NID_X448: return .x448
        case NID_ffdhe2048: return .ffdhe2048
        case NID_ffdhe3072: return .ffdhe3072
        case NID_ffdhe4096: return .ffdhe4096
        default:
            // Groups that OpenSSL has no NID for keep their own number.
            let unknown = cos_unknown_group()
            guard number & unknown != 0 else { return nil }
            return TLSNamedGroup(rawValue: UInt16(truncatingIfNeeded: number))
        }
    }
}
