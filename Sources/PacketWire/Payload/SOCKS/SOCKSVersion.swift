/// The two that are spoken: version 5 (RFC 1928), and version 4 with the extension that carries names ("SOCKS 4A: A
/// Simple Extension to SOCKS 4 Protocol", Ying-Da Lee).
public enum SOCKSVersion: UInt8, Hashable, Sendable {
    case four = 4
    case five = 5

    public var name: String { "SOCKS \(rawValue)" }
}

/// How a client of SOCKS 5 may say who it is: RFC 1928 section 3.
public struct SOCKSMethod: RawRepresentable, Hashable, Sendable {
    public var rawValue: UInt8

    public init(rawValue: UInt8) {
        self.rawValue = rawValue
    }

    public static let none = SOCKSMethod(rawValue: 0)
    public static let gssapi = SOCKSMethod(rawValue: 1)
    /// RFC 1929.
    public static let password = SOCKSMethod(rawValue: 2)
    /// None of those that were offered.
    public static let noneAcceptable = SOCKSMethod(rawValue: 0xFF)

    /// Of RFC 1928's registry (0 to 9), or of its range for private use: what else stands there is another protocol's.
    public var isRegistered: Bool { rawValue <= 9 || (0x80...0xFE).contains(rawValue) }

    public var name: String {
        switch self {
        case .none: "no login"
        case .gssapi: "GSSAPI"
        case .password: "user name and password"
        case .noneAcceptable: "none of these"
        default: "method \(rawValue)"
        }
    }
}

/// What a proxy says of a request: RFC 1928 section 6, and CD of version 4.
public struct SOCKSReply: Hashable, Sendable {
    public var version: SOCKSVersion
    public var code: UInt8

    public init(_ version: SOCKSVersion, _ code: UInt8) {
        (self.version, self.code) = (version, code)
    }

    public var isGranted: Bool { code == (version == .five ? 0 : 90) }

    public var name: String {
        switch (version, code) {
        case (.five, 0), (.four, 90): "granted"
        case (.five, 1): "general failure"
        case (.five, 2): "not allowed by its rules"
        case (.five, 3): "network unreachable"
        case (.five, 4): "host unreachable"
        case (.five, 5): "connection refused"
        case (.five, 6): "TTL expired"
        case (.five, 7): "command not supported"
        case (.five, 8): "address type not supported"
        case (.four, 91): "rejected or failed"
        case (.four, 92): "no identd answers at the client"
        case (.four, 93): "identd names another user"
        default: "code \(code)"
        }
    }
}
