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
        // Up to TLS 1.2, the client knows it by the server's key alone.
        let number = unsafe cos_negotiated_group(ssl)
        return TLSNamedGroup(library: number > 0 ? number : exchangeKeyGroup)
    }

    /// The NID of the group that the peer's key of the key exchange is in; 0 without one.
    private var exchangeKeyGroup: Int32 {
        guard let key = unsafe cos_exchange_key(ssl) else { return NID_undef }
        defer { unsafe EVP_PKEY_free(key) }
        let kind = unsafe EVP_PKEY_get_base_id(key)
        guard kind == EVP_PKEY_EC || kind == EVP_PKEY_DH else { return kind }
        return unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: 64) { buffer in
            var count = 0
            guard unsafe EVP_PKEY_get_group_name(key, buffer.baseAddress, buffer.count, &count) == 1 else {
                return NID_undef
            }
            return unsafe OBJ_txt2nid(buffer.baseAddress)
        }
    }
}

extension TLSNamedGroup {
    /// - Parameter number: A NID, or the group's own number with a mark where OpenSSL has no NID for it.
    fileprivate init?(library number: Int32) {
        switch number {
        case NID_X9_62_prime256v1: self = .secp256r1
        case NID_secp384r1: self = .secp384r1
        case NID_secp521r1: self = .secp521r1
        case NID_X25519: self = .x25519
        case NID_X448: self = .x448
        case NID_ffdhe2048: self = .ffdhe2048
        case NID_ffdhe3072: self = .ffdhe3072
        case NID_ffdhe4096: self = .ffdhe4096
        default:
            guard number > 0, number & cos_unknown_group() != 0 else { return nil }
            self.init(rawValue: UInt16(truncatingIfNeeded: number))
        }
    }
}
