/// A hello with something changed: what an experiment sends beside the one of a real client, from which it differs in
/// nothing else.
extension ClientHello {
    /// Puts an extension in the place of the one of its kind; behind the others where there is none.
    public mutating func set(_ item: TLSExtension) {
        if let place = extensions.firstIndex(where: { $0.kind == item.kind }) {
            extensions[place] = item
        } else {
            extensions.append(item)
        }
    }

    public mutating func remove(_ kinds: TLSExtension.Kind...) {
        extensions.removeAll { kinds.contains($0.kind) }
    }

    /// What a client offers that knows TLS 1.2 and nothing newer: none of what RFC 8446 section 4.2 brought.
    public mutating func offerTLS12Only() {
        legacyVersion = .tls12
        // There, it would ask for an earlier session.
        sessionID = []
        cipherSuites.removeAll(where: \.isOfTLS13)
        remove(.supportedVersions, .keyShare, .pskKeyExchangeModes)
    }

    /// Few ciphers and groups, which suit every server of today, and no key beyond one of 32 bytes.
    public mutating func makeSmall(using generator: inout some RandomNumberGenerator) {
        let suites = cipherSuites.filter {
            $0.isOfTLS13 || $0 == .ecdheECDSAWithAES128GCMSHA256 || $0 == .ecdheRSAWithAES128GCMSHA256
                || $0 == .emptyRenegotiationInfo
        }
        // Somebody who offers none of them keeps his own.
        if !suites.isEmpty { cipherSuites = suites }
        remove(.padding, .sessionTicket)
        // RFC 8701 has clients send one byte at most in an extension that nobody knows.
        extensions.removeAll { isGREASE($0.kind.rawValue) && $0.data.count > 1 }
        if !supportedGroups.isEmpty { set(.supportedGroups([.x25519, .secp256r1])) }
        if !keyShares.isEmpty { set(.keyShares([.x25519(using: &generator)])) }
        // The usual protocols are kept, and a long list is not.
        let protocols = applicationProtocols
        if let first = protocols.first, protocols.reduce(0, { $0 + $1.bytes.count }) > 64 {
            set(.applicationProtocols([first]))
        }
    }

    /// As browsers send it today: with the key share of a post-quantum hybrid in front of an ordinary one, and so long
    /// that no usual packet holds it whole.
    ///
    /// - Parameter length: of the message in bytes, at least: what is missing is padded (RFC 7685).
    public mutating func makePostQuantum(atLeast length: Int, using generator: inout some RandomNumberGenerator) {
        let groups = supportedGroups.filter { $0 != .x25519MLKEM768 && $0 != .x25519 }
        set(.supportedGroups([.x25519MLKEM768, .x25519] + groups))
        set(.keyShares([.x25519MLKEM768(using: &generator), .x25519(using: &generator)]))
        remove(.padding)
        let missing = length - encoded().count
        // An extension's own header has 4 bytes.
        if missing > 4 { set(.padding(missing - 4)) }
    }
}

extension TLSCipherSuite {
    /// RFC 8446 appendix B.4: those that name no key exchange.
    var isOfTLS13: Bool { rawValue >> 8 == 0x13 }
}
