public import Diagnosis
public import PacketWire

/// One target as a person writes it, before any name is resolved:
/// `host`, `host:port`, `host:22,80,8000-8010`, `[2001:db8::1]:443`, `[fe80::1%eth0]:22`, `host:53/udp`,
/// `tcp://host:port`, `10.0.0.0/24:22`, `[2001:db8::/120]:22`, `tls://host:port`, `http://host/path`, `https://host/path`,
/// `quic://host`, `dns://server/name?type=MX`, `smtp://host`, `imap://host`, `pop3://host`, and a service's own way to say
/// where it is, of which only the place counts: `postgres://host/database`, `ssh://host:2222`.
public struct TargetSpecification: Sendable, Hashable {
    /// What cannot be read, in words for the person who wrote it.
    public struct Problem: Error, Sendable, Hashable, CustomStringConvertible {
        public var input: String
        public var reason: String

        /// Without a password: it may be printed where others read.
        public var description: String { "cannot read target '\(shown.escapedForDisplay)': \(reason)" }

        private var shown: String {
            guard let at = input.lastIndex(of: "@") else { return input }
            let start = input[..<at].range(ofFirst: "://")?.upperBound ?? input.startIndex
            guard let colon = input[start..<at].firstIndex(of: ":") else { return input }
            return "\(input[...colon])…\(input[at...])"
        }
    }

    public enum Host: Sendable, Hashable {
        case name(String)
        case address(IPAddress)
    }

    /// One host and one port.
    public struct Single: Sendable, Hashable {
        public var input: String
        public var host: Host
        /// The interface on whose link a link-local address is meant, by its name or number: RFC 4007 section 11.
        public var zone: String?
        public var port: UInt16
        public var transport: Transport
        /// What is to be said behind the handshake; nil for nothing.
        public var request: ApplicationRequest?
        /// Whose question the datagrams ask, whatever the port; nil is by the port.
        public var service: UDPService?
    }

    /// The port of a target that names none.
    public static let defaultPort: UInt16 = 443
    /// More targets than this are a scan.
    public static let most = 4_096

    public let singles: [Single]

    /// - Parameter toASCII: a name in other scripts as DNS has it; nil where it is none, or nobody here can say.
    public init(_ input: String, toASCII: (String) -> String? = { _ in nil }) throws(Problem) {
        func problem(_ reason: String) -> Problem { Problem(input: input, reason: reason) }
        var rest = Substring(input)
        var transport: Transport?
        var request: ApplicationRequest?
        var service: UDPService?
        var known: ServiceScheme?
        var written = input
        var defaultPort = Self.defaultPort
        if let scheme = rest.range(ofFirst: "://") {
            let name = rest[..<scheme.lowerBound].lowercased()
            defaultPort = ServiceScheme.port(of: name) ?? Self.defaultPort
            switch name {
            case "tcp": transport = .tcp
            case "udp": transport = .udp
            case "dns": (transport, service) = (.udp, Self.anyDNS)
            case "quic": (transport, service) = (.udp, UDPService.named("quic"))
            case "tls": (transport, request) = (.tcp, ApplicationRequest(usesTLS: true))
            case "https": (transport, request) = (.tcp, ApplicationRequest(usesTLS: true, path: "/"))
            case "http": (transport, request) = (.tcp, ApplicationRequest(usesTLS: false, path: "/"))
            case "smtp": (transport, request) = (.tcp, ApplicationRequest(usesTLS: true, upgrade: .smtp))
            case "imap": (transport, request) = (.tcp, ApplicationRequest(usesTLS: true, upgrade: .imap))
            case "pop3": (transport, request) = (.tcp, ApplicationRequest(usesTLS: true, upgrade: .pop3))
            case "ws", "wss":
                // What opens a WebSocket is a request of HTTP: RFC 6455 section 4.1.
                (transport, request) = (.tcp, ApplicationRequest(usesTLS: name == "wss", path: "/"))
            case let other:
                guard let named = ServiceScheme(other) else {
                    throw problem(
                        "unknown scheme '\(other.escapedForDisplay)'; use tcp://, udp://, tls://, http://, https://, quic://,"
                            + " dns://, smtp://, imap://, pop3://, or a service's own, as ssh:// and postgres://"
                    )
                }
                (known, transport) = (named, named.transport)
                if named.usesTLS { request = ApplicationRequest(usesTLS: true) }
            }
            rest = rest[scheme.upperBound...]
            // The host ends where a path begins, or a query, or a fragment: RFC 3986 section 3.2.
            let ends: [Character] = request?.path != nil || known != nil ? ["/", "?", "#"] : ["/"]
            if known != nil {
                // A database, a folder, options, who logs in: nothing of that is said, nor shown.
                if let end = rest.firstIndex(where: { ends.contains($0) }) { rest = rest[..<end] }
                if let at = rest.lastIndex(of: "@") { rest = rest[rest.index(after: at)...] }
                written = "\(input[..<scheme.upperBound])\(rest)"
            } else if request?.path != nil || service == Self.anyDNS,
                let slash = rest.firstIndex(where: { ends.contains($0) }),
                !rest[..<slash].contains("[") || rest[..<slash].contains("]")
            {
                if request != nil {
                    // An empty path is asked for as /: RFC 9112 section 3.2.1.
                    let path = try Self.path(rest[slash...], problem)
                    request?.path = path.hasPrefix("/") ? path : "/\(path)"
                } else {
                    service = .dns(asking: try Self.question(rest[slash...].dropFirst(), toASCII, problem))
                }
                rest = rest[..<slash]
            } else if rest.last == "/" {
                rest = rest.dropLast()
            }
        }
        if rest.contains("@") {
            throw problem("nobody is logged in: leave out the user's name and password, and the @ behind them")
        }
        let (place, zone) = try Self.withoutZone(rest, problem)
        let (hostText, portsText) = try Self.split(place, problem)
        var ports = [defaultPort]
        if var portsText {
            if let slash = portsText.firstIndex(of: "/") {
                guard transport == nil,
                    let named = Transport(rawValue: portsText[portsText.index(after: slash)...].lowercased())
                else { throw problem("after the port comes /tcp or /udp, and a path after http:// and https:// only") }
                transport = named
                portsText = portsText[..<slash]
            }
            ports = try Self.ports(portsText, problem)
        }
        let hosts = try Self.hosts(hostText, toASCII, problem)
        guard hosts.count * ports.count <= Self.most else {
            throw problem("that is \(hosts.count * ports.count) targets; at most \(Self.most) at once")
        }
        let single = hosts.count == 1 && ports.count == 1
        singles = hosts.flatMap { host in
            ports.map { port in
                Single(
                    input: single ? written : Self.text(host, port, transport ?? .tcp), host: host, zone: zone,
                    port: port, transport: transport ?? .tcp, request: request, service: service)
            }
        }
    }

    /// What a request line can hold: RFC 9112 section 3.2.1, without a fragment, which is never sent.
    private static func path(_ text: Substring, _ problem: (String) -> Problem) throws(Problem) -> String {
        let path = text.prefix { $0 != "#" }
        guard path.utf8.count <= 2_048, path.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw problem("the path holds what no request line can; encode it with %")
        }
        return String(path)
    }

    private static func text(_ host: Host, _ port: UInt16, _ transport: Transport) -> String {
        let place =
            switch host {
            case .name(let name): "\(name):\(port)"
            case .address(let address): Endpoint(address, port).description
            }
        return transport == .tcp ? place : "\(place)/udp"
    }

    /// The host, without brackets, and what follows its colon.
    private static func split(
        _ text: Substring, _ problem: (String) -> Problem
    ) throws(Problem) -> (Substring, Substring?) {
        if text.first == "[" {
            guard let close = text.firstIndex(of: "]") else { throw problem("'[' without ']'") }
            let host = text[text.index(after: text.startIndex)..<close]
            guard IPv6Address(host.prefix { $0 != "/" }) != nil else {
                throw problem("between brackets stands an IPv6 address")
            }
            let rest = text[text.index(after: close)...]
            if rest.isEmpty { return (host, nil) }
            guard rest.first == ":" else { throw problem("after ']' comes a colon and a port") }
            return (host, rest.dropFirst())
        }
        if IPv6Address(text.prefix { $0 != "/" }) != nil {
            // `::1:22` is an address, and most who write it mean another one.
            if let colon = text.lastIndex(of: ":"), IPv6Address(text[..<colon]) != nil,
                text[text.index(after: colon)...].allSatisfy(\.isNumber)
            {
                throw problem("it can be read in two ways; write [\(text)], or [\(text[..<colon])]\(text[colon...])")
            }
            return (text, nil)
        }
        guard let colon = text.lastIndex(of: ":") else { return (text, nil) }
        let host = text[..<colon]
        guard !host.contains(":") else { throw problem("write an IPv6 address with a port as [address]:port") }
        return (host, text[text.index(after: colon)...])
    }

    private static func ports(_ text: Substring, _ problem: (String) -> Problem) throws(Problem) -> [UInt16] {
        var ports: [UInt16] = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            let bounds = part.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
            var numbers: [UInt16] = []
            for bound in bounds {
                guard !bound.isEmpty, bound.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
                    let number = ServiceScheme.port(of: bound.lowercased()).map { ", \($0)" } ?? ""
                    throw problem(
                        "'\(String(part.prefix(40)).escapedForDisplay)' is not a port; write its number\(number)")
                }
                guard let number = UInt16(bound), number > 0 else {
                    throw problem("port \(String(bound.prefix(12)).escapedForDisplay) is not between 1 and 65535")
                }
                numbers.append(number)
            }
            guard let first = numbers.first, let last = numbers.last, first <= last else {
                throw problem("the range '\(String(part).escapedForDisplay)' runs backwards")
            }
            guard ports.count + Int(last - first) < most else { throw problem("more than \(most) ports") }
            for port in first...last where !ports.contains(port) { ports.append(port) }
        }
        return ports
    }

    private static func hosts(
        _ text: Substring, _ toASCII: (String) -> String?, _ problem: (String) -> Problem
    ) throws(Problem) -> [Host] {
        guard !text.isEmpty else { throw problem("there is no host") }
        if let slash = text.firstIndex(of: "/") {
            return try network(text[..<slash], text[text.index(after: slash)...], problem)
        }
        if let address = IPAddress(text) { return [.address(asConnected(address))] }
        if text.utf8.contains(where: { $0 >= 0x80 }), let ascii = toASCII(String(text)) {
            return [.name(try name(ascii[...], problem))]
        }
        return [.name(try name(text, problem))]
    }

    /// What the kernel makes of an address that nobody has: ::ffff:a.b.c.d is IPv4 on the wire (RFC 4291 section 2.5.5.2),
    /// and to connect to no address at all is to connect to oneself (net/ipv4/route.c, net/ipv6/tcp_ipv6.c).
    private static func asConnected(_ address: IPAddress) -> IPAddress {
        switch address {
        case .v6(let six):
            if let four = six.mappedIPv4 { return asConnected(.v4(four)) }
            return six.rawValue == 0 ? .v6(IPv6Address(rawValue: 1)) : address
        case .v4(let four): return four.rawValue == 0 ? .v4(IPv4Address(rawValue: 0x7F00_0001)) : address
        }
    }

    /// Every address of an IPv4 or IPv6 prefix; for IPv4 without the network's and the broadcast address.
    private static func network(
        _ text: Substring, _ length: Substring, _ problem: (String) -> Problem
    ) throws(Problem) -> [Host] {
        guard let address = IPAddress(text), let bits = Int(length), bits >= 0 else {
            throw problem(
                "a port is written HOST:PORT, a network ADDRESS/LENGTH; a path belongs to http:// and https://")
        }
        let width = address.family == .v4 ? 32 : 128
        guard bits <= width else { throw problem("a prefix of \(address.family.rawValue) has at most \(width) bits") }
        guard width - bits <= 12 else { throw problem("that network has more than \(most) addresses") }
        let count = 1 << (width - bits)
        let edges = address.family == .v4 && width - bits >= 2
        return (edges ? 1..<count - 1 : 0..<count).map { offset in
            switch address {
            case .v4(let address):
                let mask: UInt32 = bits == 0 ? 0 : .max << UInt32(32 - bits)
                return .address(.v4(IPv4Address(rawValue: address.rawValue & mask | UInt32(offset))))
            case .v6(let address):
                let mask: UInt128 = bits == 0 ? 0 : .max << UInt128(128 - bits)
                return .address(.v6(IPv6Address(rawValue: address.rawValue & mask | UInt128(offset))))
            }
        }
    }

    /// RFC 1123 section 2.1, with underscores as resolvers take them: labels of 63 octets, 253 in all.
    private static func name(_ text: Substring, _ problem: (String) -> Problem) throws(Problem) -> String {
        let isOtherScript =
            text.unicodeScalars.contains { !$0.isASCII }
            && text.unicodeScalars.allSatisfy { $0.isASCII || $0.properties.isAlphabetic }
        if isOtherScript {
            throw problem("write the name as DNS has it, in letters of ASCII: xn--... ('idn2 NAME' tells it)")
        }
        let trimmed = text.last == "." ? text.dropLast() : text
        let labels = trimmed.split(separator: ".", omittingEmptySubsequences: false)
        let isPlain = labels.allSatisfy { label in
            (1...63).contains(label.utf8.count)
                && label.utf8.allSatisfy {
                    (0x30...0x39).contains($0) || (0x41...0x5A).contains($0) || (0x61...0x7A).contains($0)
                        || $0 == 0x2D || $0 == 0x5F
                }
        }
        guard isPlain, trimmed.utf8.count <= 253 else {
            throw problem("'\(String(text.prefix(80)).escapedForDisplay)' is neither an address nor a host name")
        }
        guard !labels.allSatisfy({ $0.utf8.allSatisfy { (0x30...0x39).contains($0) } }) else {
            // Other tools take the port as an argument of its own.
            if UInt16(text) ?? 0 > 0 { throw problem("is it a port? Write HOST:\(text)") }
            throw problem("'\(text)' is not a complete IPv4 address")
        }
        return String(text)
    }
}

extension Substring {
    fileprivate func range(ofFirst needle: String) -> Range<Index>? {
        var index = startIndex
        while index < endIndex {
            if self[index...].hasPrefix(needle) { return index..<self.index(index, offsetBy: needle.count) }
            index = self.index(after: index)
        }
        return nil
    }
}
