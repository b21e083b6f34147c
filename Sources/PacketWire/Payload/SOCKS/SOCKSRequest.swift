/// What a client says to a SOCKS proxy.
public enum SOCKSRequest {
    /// The methods that are offered: RFC 1928 section 3.
    public static func greeting(_ methods: [SOCKSMethod]) -> [UInt8] {
        let methods = methods.prefix(255)
        return [SOCKSVersion.five.rawValue, UInt8(methods.count)] + methods.map(\.rawValue)
    }

    /// RFC 1929 section 2.
    ///
    /// - Parameters:
    ///   - user: of 255 bytes at most, as the password: what is longer is cut.
    public static func login(user: [UInt8], password: [UInt8]) -> [UInt8] {
        [1] + counted(user) + counted(password)
    }

    /// A connection to `host`, a name or an address: RFC 1928 section 4. Of version 4 names follow an address that is none
    /// (0.0.0.1), as SOCKS 4A has it.
    ///
    /// - Parameter user: who asks, of version 4.
    /// - Returns: nil where the version has no words for it: IPv6 addresses in version 4, and names of more than 255 bytes.
    public static func connect(_ version: SOCKSVersion, to host: String, port: UInt16, user: [UInt8] = []) -> [UInt8]? {
        let address = IPAddress(host)
        let name = Array(host.utf8)
        guard address != nil || (1...255).contains(name.count) && !name.contains(0) else { return nil }
        let place = [UInt8(port >> 8), UInt8(port & 0xFF)]
        switch version {
        case .five:
            let type: UInt8 = address.map { $0.family == .v4 ? 1 : 4 } ?? 3
            return [SOCKSVersion.five.rawValue, 1, 0, type] + (address.map(bytes(of:)) ?? counted(name)) + place
        case .four:
            guard address?.family != .v6, !user.contains(0) else { return nil }
            return [SOCKSVersion.four.rawValue, 1] + place + (address.map(bytes(of:)) ?? [0, 0, 0, 1]) + user + [0]
                + (address == nil ? name + [0] : [])
        }
    }

    private static func bytes(of address: IPAddress) -> [UInt8] {
        switch address {
        case .v4(let address): (0..<4).map { UInt8(truncatingIfNeeded: address.rawValue >> (24 - 8 * $0)) }
        case .v6(let address): (0..<16).map { UInt8(truncatingIfNeeded: address.rawValue >> (120 - 8 * $0)) }
        }
    }

    private static func counted(_ bytes: [UInt8]) -> [UInt8] {
        let bytes = bytes.prefix(255)
        return [UInt8(bytes.count)] + bytes
    }
}
