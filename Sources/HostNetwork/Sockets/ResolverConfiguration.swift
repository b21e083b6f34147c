public import PacketWire

/// Which resolvers this machine asks: resolv.conf(5).
public struct ResolverConfiguration: Sendable, Hashable {
    /// At most three count, as in libc (MAXNS).
    public var servers: [IPAddress]
    public var searchDomains: [String]

    public static let path = "/etc/resolv.conf"

    /// Reads the text of a resolv.conf; what it does not know it skips.
    public init(_ text: String) {
        servers = []
        searchDomains = []
        for line in text.split(whereSeparator: \.isNewline) {
            let words = line.split(whereSeparator: { $0 == " " || $0 == "\t" })
            guard let keyword = words.first else { continue }
            switch keyword {
            case "nameserver":
                // A zone (fe80::1%eth0) is left out: the direct question is only evidence.
                guard servers.count < 3, let server = words.dropFirst().first.flatMap({ IPAddress($0) }) else {
                    continue
                }
                servers.append(server)
            case "search", "domain":
                searchDomains = words.dropFirst().prefix(6).map(String.init)
            default:
                break
            }
        }
        // Without a line, libc asks this machine.
        if servers.isEmpty { servers = [.v4(.loopback)] }
    }

    /// Of this machine; libc's default where the file is missing.
    public static func current() -> ResolverConfiguration {
        guard let file = try? InputFile(reading: path) else { return ResolverConfiguration("") }
        return file.withBytes { bytes in
            var text: [UInt8] = []
            for index in 0..<min(bytes.count, 65_536) { text.append(bytes[index]) }
            return ResolverConfiguration(String(decoding: text, as: UTF8.self))
        }
    }
}
