/// Why a side gives up, in its own words: RFC 8446 section 6.
@frozen
public struct TLSAlert: Hashable, Sendable, CustomStringConvertible {
    @frozen
    public struct Level: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
        public var rawValue: UInt8

        @inlinable
        public init(rawValue: UInt8) {
            self.rawValue = rawValue
        }

        public static let warning = Level(rawValue: 1)
        public static let fatal = Level(rawValue: 2)

        public var description: String {
            switch self {
            case .warning: "warning"
            case .fatal: "fatal"
            default: "level \(rawValue)"
            }
        }
    }

    /// IANA registry "TLS Alerts".
    @frozen
    public struct Code: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
        public var rawValue: UInt8

        @inlinable
        public init(rawValue: UInt8) {
            self.rawValue = rawValue
        }

        public static let closeNotify = Code(rawValue: 0)
        public static let unexpectedMessage = Code(rawValue: 10)
        public static let badRecordMAC = Code(rawValue: 20)
        public static let recordOverflow = Code(rawValue: 22)
        public static let handshakeFailure = Code(rawValue: 40)
        public static let badCertificate = Code(rawValue: 42)
        public static let unsupportedCertificate = Code(rawValue: 43)
        public static let certificateRevoked = Code(rawValue: 44)
        public static let certificateExpired = Code(rawValue: 45)
        public static let certificateUnknown = Code(rawValue: 46)
        public static let illegalParameter = Code(rawValue: 47)
        public static let unknownCA = Code(rawValue: 48)
        public static let accessDenied = Code(rawValue: 49)
        public static let decodeError = Code(rawValue: 50)
        public static let decryptError = Code(rawValue: 51)
        public static let protocolVersion = Code(rawValue: 70)
        public static let insufficientSecurity = Code(rawValue: 71)
        public static let internalError = Code(rawValue: 80)
        public static let inappropriateFallback = Code(rawValue: 86)
        public static let userCanceled = Code(rawValue: 90)
        public static let noRenegotiation = Code(rawValue: 100)
        public static let missingExtension = Code(rawValue: 109)
        public static let unsupportedExtension = Code(rawValue: 110)
        public static let unrecognizedName = Code(rawValue: 112)
        public static let badCertificateStatusResponse = Code(rawValue: 113)
        public static let unknownPSKIdentity = Code(rawValue: 115)
        public static let certificateRequired = Code(rawValue: 116)
        public static let noApplicationProtocol = Code(rawValue: 120)
        public static let echRequired = Code(rawValue: 121)

        public var description: String {
            switch self {
            case .closeNotify: "close_notify"
            case .unexpectedMessage: "unexpected_message"
            case .badRecordMAC: "bad_record_mac"
            case .recordOverflow: "record_overflow"
            case .handshakeFailure: "handshake_failure"
            case .badCertificate: "bad_certificate"
            case .unsupportedCertificate: "unsupported_certificate"
            case .certificateRevoked: "certificate_revoked"
            case .certificateExpired: "certificate_expired"
            case .certificateUnknown: "certificate_unknown"
            case .illegalParameter: "illegal_parameter"
            case .unknownCA: "unknown_ca"
            case .accessDenied: "access_denied"
            case .decodeError: "decode_error"
            case .decryptError: "decrypt_error"
            case .protocolVersion: "protocol_version"
            case .insufficientSecurity: "insufficient_security"
            case .internalError: "internal_error"
            case .inappropriateFallback: "inappropriate_fallback"
            case .userCanceled: "user_canceled"
            case .noRenegotiation: "no_renegotiation"
            case .missingExtension: "missing_extension"
            case .unsupportedExtension: "unsupported_extension"
            case .unrecognizedName: "unrecognized_name"
            case .badCertificateStatusResponse: "bad_certificate_status_response"
            case .unknownPSKIdentity: "unknown_psk_identity"
            case .certificateRequired: "certificate_required"
            case .noApplicationProtocol: "no_application_protocol"
            case .echRequired: "ech_required"
            default: "\(rawValue)"
            }
        }
    }

    public var level: Level
    public var code: Code

    @inlinable
    public init(_ level: Level, _ code: Code) {
        self.level = level
        self.code = code
    }

    /// The two bytes of an alert record that is not encrypted; nil when there are not exactly two.
    init?(decoding bytes: Span<UInt8>, _ range: Range<Int>) {
        guard range.count == 2 else { return nil }
        self.init(Level(rawValue: bytes[range.lowerBound]), Code(rawValue: bytes[range.lowerBound &+ 1]))
    }

    /// The whole record.
    public func encode(version: TLSVersion = .tls12, into bytes: inout [UInt8]) {
        TLSRecord.encode(.alert, version, [level.rawValue, code.rawValue], into: &bytes)
    }

    public var description: String { "\(level) \(code)" }
}
