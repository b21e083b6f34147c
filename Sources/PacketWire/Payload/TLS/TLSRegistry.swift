/// A protocol version as TLS writes it. Versions of drafts and GREASE values keep their number.
@frozen
public struct TLSVersion: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    public var rawValue: UInt16

    @inlinable
    public init(rawValue: UInt16) {
        self.rawValue = rawValue
    }

    public static let ssl3 = TLSVersion(rawValue: 0x0300)
    public static let tls10 = TLSVersion(rawValue: 0x0301)
    public static let tls11 = TLSVersion(rawValue: 0x0302)
    public static let tls12 = TLSVersion(rawValue: 0x0303)
    public static let tls13 = TLSVersion(rawValue: 0x0304)

    public var description: String {
        switch self {
        case .ssl3: "SSL 3.0"
        case .tls10: "TLS 1.0"
        case .tls11: "TLS 1.1"
        case .tls12: "TLS 1.2"
        case .tls13: "TLS 1.3"
        default: isGREASE(rawValue) ? "GREASE" : hexadecimal(rawValue)
        }
    }
}

/// What a record holds, RFC 8446 section 5.1.
@frozen
public struct TLSContentType: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    public var rawValue: UInt8

    @inlinable
    public init(rawValue: UInt8) {
        self.rawValue = rawValue
    }

    public static let changeCipherSpec = TLSContentType(rawValue: 20)
    public static let alert = TLSContentType(rawValue: 21)
    public static let handshake = TLSContentType(rawValue: 22)
    public static let applicationData = TLSContentType(rawValue: 23)
    public static let heartbeat = TLSContentType(rawValue: 24)

    public var description: String {
        switch self {
        case .changeCipherSpec: "change_cipher_spec"
        case .alert: "alert"
        case .handshake: "handshake"
        case .applicationData: "application_data"
        case .heartbeat: "heartbeat"
        default: "content type \(rawValue)"
        }
    }
}

/// The messages that set a connection up, RFC 8446 section 4 and RFC 5246 section 7.4.
@frozen
public struct TLSHandshakeType: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    public var rawValue: UInt8

    @inlinable
    public init(rawValue: UInt8) {
        self.rawValue = rawValue
    }

    public static let helloRequest = TLSHandshakeType(rawValue: 0)
    public static let clientHello = TLSHandshakeType(rawValue: 1)
    public static let serverHello = TLSHandshakeType(rawValue: 2)
    public static let newSessionTicket = TLSHandshakeType(rawValue: 4)
    public static let encryptedExtensions = TLSHandshakeType(rawValue: 8)
    public static let certificate = TLSHandshakeType(rawValue: 11)
    public static let serverKeyExchange = TLSHandshakeType(rawValue: 12)
    public static let certificateRequest = TLSHandshakeType(rawValue: 13)
    public static let serverHelloDone = TLSHandshakeType(rawValue: 14)
    public static let certificateVerify = TLSHandshakeType(rawValue: 15)
    public static let clientKeyExchange = TLSHandshakeType(rawValue: 16)
    public static let finished = TLSHandshakeType(rawValue: 20)
    public static let certificateStatus = TLSHandshakeType(rawValue: 22)

    public var description: String {
        switch self {
        case .helloRequest: "HelloRequest"
        case .clientHello: "ClientHello"
        case .serverHello: "ServerHello"
        case .newSessionTicket: "NewSessionTicket"
        case .encryptedExtensions: "EncryptedExtensions"
        case .certificate: "Certificate"
        case .serverKeyExchange: "ServerKeyExchange"
        case .certificateRequest: "CertificateRequest"
        case .serverHelloDone: "ServerHelloDone"
        case .certificateVerify: "CertificateVerify"
        case .clientKeyExchange: "ClientKeyExchange"
        case .finished: "Finished"
        case .certificateStatus: "CertificateStatus"
        default: "handshake type \(rawValue)"
        }
    }
}

/// The key exchange groups, IANA registry "TLS Supported Groups".
@frozen
public struct TLSNamedGroup: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    public var rawValue: UInt16

    @inlinable
    public init(rawValue: UInt16) {
        self.rawValue = rawValue
    }

    public static let secp256r1 = TLSNamedGroup(rawValue: 23)
    public static let secp384r1 = TLSNamedGroup(rawValue: 24)
    public static let secp521r1 = TLSNamedGroup(rawValue: 25)
    public static let x25519 = TLSNamedGroup(rawValue: 29)
    public static let x448 = TLSNamedGroup(rawValue: 30)
    public static let ffdhe2048 = TLSNamedGroup(rawValue: 256)
    public static let ffdhe3072 = TLSNamedGroup(rawValue: 257)
    public static let ffdhe4096 = TLSNamedGroup(rawValue: 258)
    /// The hybrids: their key shares fill a packet of their own, which some middleboxes do not expect.
    public static let secp256r1MLKEM768 = TLSNamedGroup(rawValue: 0x11EB)
    public static let x25519MLKEM768 = TLSNamedGroup(rawValue: 0x11EC)
    public static let secp384r1MLKEM1024 = TLSNamedGroup(rawValue: 0x11ED)

    public var description: String {
        switch self {
        case .secp256r1: "secp256r1"
        case .secp384r1: "secp384r1"
        case .secp521r1: "secp521r1"
        case .x25519: "x25519"
        case .x448: "x448"
        case .ffdhe2048: "ffdhe2048"
        case .ffdhe3072: "ffdhe3072"
        case .ffdhe4096: "ffdhe4096"
        case .secp256r1MLKEM768: "SecP256r1MLKEM768"
        case .x25519MLKEM768: "X25519MLKEM768"
        case .secp384r1MLKEM1024: "SecP384r1MLKEM1024"
        default: isGREASE(rawValue) ? "GREASE" : hexadecimal(rawValue)
        }
    }
}

/// Values that clients send so that servers do not choke on unknown ones, RFC 8701: 0x0A0A, 0x1A1A, ….
func isGREASE(_ value: UInt16) -> Bool {
    value & 0x0F0F == 0x0A0A && value >> 8 == value & 0xFF
}

func hexadecimal(_ value: UInt16) -> String {
    let text = String(value, radix: 16)
    return "0x" + String(repeating: "0", count: 4 - text.utf8.count) + text
}
