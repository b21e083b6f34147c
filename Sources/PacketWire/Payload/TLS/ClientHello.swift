/// What a client offers, RFC 8446 section 4.1.2: the first thing that a TLS server, and every box on the way
/// that filters by name, gets to see.
public struct ClientHello: Hashable, Sendable {
    /// 1.2 at most; newer versions are in the extension `supportedVersions`.
    public var legacyVersion: TLSVersion
    /// 32 bytes.
    public var random: [UInt8]
    public var sessionID: [UInt8]
    public var cipherSuites: [TLSCipherSuite]
    public var compressionMethods: [UInt8]
    public var extensions: [TLSExtension]

    public init(
        legacyVersion: TLSVersion = .tls12, random: [UInt8], sessionID: [UInt8] = [], cipherSuites: [TLSCipherSuite],
        compressionMethods: [UInt8] = [0], extensions: [TLSExtension] = []
    ) {
        self.legacyVersion = legacyVersion
        self.random = random
        self.sessionID = sessionID
        self.cipherSuites = cipherSuites
        self.compressionMethods = compressionMethods
        self.extensions = extensions
    }

    /// The body of the message, behind type and length.
    init(body bytes: Span<UInt8>, _ range: Range<Int>) throws(DecodeError) {
        var cursor = ByteCursor(range, of: bytes, .tls)
        legacyVersion = TLSVersion(rawValue: try cursor.uint16(bytes))
        random = try cursor.array(bytes, 32)
        sessionID = bytes.array(try cursor.vector8(bytes))
        var suites = ByteCursor(try cursor.vector16(bytes), of: bytes, .tls)
        cipherSuites = []
        while suites.remaining > 0 { cipherSuites.append(TLSCipherSuite(rawValue: try suites.uint16(bytes))) }
        compressionMethods = bytes.array(try cursor.vector8(bytes))
        extensions = try TLSExtension.list(bytes, &cursor)
    }

    /// The name the client wants to talk to (SNI, RFC 6066 section 3), which is sent in the clear.
    public var serverName: NetworkText? {
        extensions.read(.serverName) { bytes, cursor throws(DecodeError) in
            var list = ByteCursor(try cursor.vector16(bytes), of: bytes, .tls)
            // The only name type that exists is 0, a host name.
            let type = try list.uint8(bytes)
            guard type == 0 else { throw DecodeError(.tls, at: list.offset, .badValue(UInt32(type))) }
            return NetworkText(bytes: bytes.array(try list.vector16(bytes)))
        }
    }

    /// ALPN, RFC 7301; empty when not offered.
    public var applicationProtocols: [NetworkText] {
        extensions.read(.applicationProtocols, TLSFields.protocolNames) ?? []
    }

    /// All that the client accepts, in its order of preference.
    public var versions: [TLSVersion] {
        let listed = extensions.read(.supportedVersions) { bytes, cursor throws(DecodeError) in
            try TLSFields.numbers(bytes, try cursor.vector8(bytes))
        }
        return listed.map { $0.map(TLSVersion.init(rawValue:)) } ?? [legacyVersion]
    }

    public var supportedGroups: [TLSNamedGroup] {
        let listed = extensions.read(.supportedGroups) { bytes, cursor throws(DecodeError) in
            try TLSFields.numbers(bytes, try cursor.vector16(bytes))
        }
        return (listed ?? []).map(TLSNamedGroup.init(rawValue:))
    }

    /// The groups that the client already sends a key for.
    public var keyShares: [TLSKeyShare] {
        extensions.read(.keyShare) { bytes, cursor throws(DecodeError) in
            var list = ByteCursor(try cursor.vector16(bytes), of: bytes, .tls)
            var shares: [TLSKeyShare] = []
            while list.remaining > 0 {
                let group = TLSNamedGroup(rawValue: try list.uint16(bytes))
                shares.append(TLSKeyShare(group, bytes.array(try list.vector16(bytes))))
            }
            return shares
        } ?? []
    }

    /// The name in the clear is then only that of the front.
    public var hasEncryptedClientHello: Bool {
        extensions.contains { $0.kind == .encryptedClientHello }
    }

    /// The handshake message with type and length, not yet in a record.
    public func encoded() -> [UInt8] {
        var body: [UInt8] = []
        body.append(bigEndian: legacyVersion.rawValue)
        body += (random + [UInt8](repeating: 0, count: 32)).prefix(32)
        body.appendVector8(sessionID)
        var suites: [UInt8] = []
        for suite in cipherSuites { suites.append(bigEndian: suite.rawValue) }
        body.appendVector16(suites)
        body.appendVector8(compressionMethods)
        TLSExtension.encode(extensions, into: &body)
        return TLSFields.handshake(.clientHello, body)
    }

    /// The message in records.
    ///
    /// - Parameters:
    ///   - recordVersion: 1.0 in the first records of a connection, RFC 8446 section 5.1.
    ///   - recordLimit: Bytes a record at most. Small ones spread the name over several records, which shows
    ///     whether a box on the way reads it.
    public func encode(
        recordVersion: TLSVersion = .tls10, recordLimit: Int = 1 << 14, into bytes: inout [UInt8]
    ) {
        TLSRecord.encode(.handshake, recordVersion, encoded(), limit: recordLimit, into: &bytes)
    }
}
