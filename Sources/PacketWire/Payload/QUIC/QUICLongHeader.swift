/// How a QUIC connection begins: the long header, of which RFC 8999 section 5.1 holds in every version, and the packet
/// type as versions 1 (RFC 9000 section 17.2) and 2 (RFC 9369 section 3.2) have it.
public struct QUICLongHeader: Hashable, Sendable {
    @frozen
    public enum Kind: String, Hashable, Sendable {
        case initial = "Initial"
        case zeroRTT = "0-RTT"
        case handshake = "Handshake"
        case retry = "Retry"
        case versionNegotiation = "Version Negotiation"
        /// Of a version whose types are not known.
        case unknown = "long header"
    }

    public var kind: Kind
    public var version: UInt32
    /// What a server offers that does not speak the client's version.
    public var offeredVersions: [UInt32]

    public static let version1: UInt32 = 1
    public static let version2: UInt32 = 0x6B33_43CF
    /// Offers beyond these are left out.
    private static let mostOffered = 32

    /// Nil where it is none, or of a version that nobody knows: any datagram with the first bit set looks alike.
    public init?(decoding bytes: Span<UInt8>) {
        guard bytes.count >= 7, bytes[0] & 0x80 != 0 else { return nil }
        version = bytes.uint32(at: 1)
        guard Self.isKnown(version) else { return nil }
        let destination = Int(bytes[5])
        guard destination <= 20, bytes.available(from: 6 &+ destination) >= 1 else { return nil }
        let source = Int(bytes[6 &+ destination])
        guard source <= 20, bytes.available(from: 7 &+ destination) >= source else { return nil }
        offeredVersions = []
        guard version != 0 else {
            kind = .versionNegotiation
            var place = 7 &+ destination &+ source
            while bytes.available(from: place) >= 4, offeredVersions.count < Self.mostOffered {
                offeredVersions.append(bytes.uint32(at: place))
                place &+= 4
            }
            if offeredVersions.isEmpty { return nil }
            return
        }
        // RFC 9287 lets peers clear the "fixed bit", but not in a first packet.
        guard bytes[0] & 0x40 != 0 else { return nil }
        let type = bytes[0] >> 4 & 0b11
        let order: [Kind]
        switch version {
        case Self.version1, 0xFF00_001D...0xFF00_0022: order = [.initial, .zeroRTT, .handshake, .retry]
        case Self.version2: order = [.retry, .initial, .zeroRTT, .handshake]
        default: order = [.unknown, .unknown, .unknown, .unknown]
        }
        kind = order[Int(type)]
    }

    private static func isKnown(_ version: UInt32) -> Bool {
        switch version {
        case 0, version1, version2, 0xFF00_0017...0xFF00_0022: true
        // RFC 9000 section 15: reserved to exercise version negotiation.
        case let version where version & 0x0F0F_0F0F == 0x0A0A_0A0A: true
        // Google's own: Q043, Q046, Q050, T051.
        case 0x5130_3433, 0x5130_3436, 0x5130_3530, 0x5430_3531: true
        default: false
        }
    }

    /// `version 1`, `draft 29`
    public static func name(of version: UInt32) -> String {
        switch version {
        case version1: "version 1"
        case version2: "version 2"
        case 0xFF00_0017...0xFF00_0022: "draft \(version & 0xFF)"
        case 0x5130_3433, 0x5130_3436, 0x5130_3530, 0x5430_3531:
            String(escaping: [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: version >> UInt32($0)) })
        default: "version 0x\(String(version, radix: 16))"
        }
    }
}
