public import PacketWire

/// What was asked for cannot be tried: nothing has been sent.
public enum TLSConfigurationError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The file of trusted certificates cannot be used, and why.
    case trustedCertificates(path: NetworkText, reason: NetworkText)
    /// No name that could stand in a certificate: empty, too long, or with bytes beyond printable ASCII.
    case badName(NetworkText)
    /// A protocol's name has 1 to 255 bytes, and all of them have to fit one extension: RFC 7301 section 3.1.
    case badApplicationProtocol(NetworkText)
    /// The library does not know one of them.
    case badGroups(NetworkText)
    case badCiphers(NetworkText)
    /// Not within 1.0 to 1.3, or the newest is older than the oldest.
    case badVersions(minimum: TLSVersion, maximum: TLSVersion)
    /// The library could not be set up: its own words.
    case library(NetworkText)

    public var description: String {
        switch self {
        case .trustedCertificates(let path, let reason): "cannot use the trusted certificates in \(path): \(reason)"
        case .badName(let name): "'\(name)' is not a name that a certificate can bear"
        case .badApplicationProtocol(let name): "'\(name)' is not a protocol name for ALPN: 1 to 255 bytes"
        case .badGroups(let list): "the TLS library does not know all of the groups \(list)"
        case .badCiphers(let list): "the TLS library knows no cipher of '\(list)'"
        case .badVersions(let minimum, let maximum): "no TLS version from \(minimum) to \(maximum) can be offered"
        case .library(let reason): "the TLS library cannot be used: \(reason)"
        }
    }
}
