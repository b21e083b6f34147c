public import Diagnosis
import PacketWire

/// The proxy that a target is asked through, as a person or the environment names it: `http://host:port`,
/// `https://host:port`, `socks5://host:port` or `socks4://host:port`, with `user:password@` in front of the host where it wants that.
public struct ProxyAddress: Sendable, Hashable {
    /// What cannot be read, in words for the person who wrote it; never with a password in it.
    public struct Problem: Error, Sendable, Hashable, CustomStringConvertible {
        public var description: String
    }

    public var host: TargetSpecification.Host
    public var port: UInt16
    public var kind = ProxyKind.http
    /// It is spoken to in TLS.
    public var isSecured = false
    /// It is sent and never shown.
    public var login: ProxyLogin?

    /// The letters behind say who resolves names; here the proxy does, always. Of `socks` by itself most mean version 5.
    private static let kinds: [String: ProxyKind] = [
        "http": .http, "https": .http, "socks": .socks(.five), "socks5": .socks(.five), "socks5h": .socks(.five),
        "socks4": .socks(.four), "socks4a": .socks(.four),
    ]

    /// - Parameter toASCII: as for `TargetSpecification`.
    public init(_ text: String, toASCII: (String) -> String? = { _ in nil }) throws(Problem) {
        var rest = Substring(text)
        var scheme = "http"
        if let colon = rest.firstIndex(of: ":"), rest[colon...].hasPrefix("://") {
            let name = rest[..<colon].lowercased()
            guard let known = Self.kinds[name] else {
                throw Problem(
                    description:
                        "a proxy is http://host:port, https://host:port, socks5://host:port or socks4://host:port;"
                        + " '\(name.escapedForDisplay)' is not spoken")
            }
            (kind, scheme, isSecured) = (known, name, name == "https")
            rest = rest[colon...].dropFirst(3)
        }
        if let at = rest.lastIndex(of: "@") {
            login = Self.login(rest[..<at])
            rest = rest[rest.index(after: at)...]
        }
        if rest.last == "/" { rest = rest.dropLast() }
        let single: TargetSpecification.Single
        do throws(TargetSpecification.Problem) {
            let specification = try TargetSpecification("tcp://\(rest)", toASCII: toASCII)
            guard specification.singles.count == 1 else {
                throw TargetSpecification.Problem(input: String(rest), reason: "a proxy is one host and one port")
            }
            single = specification.singles[0]
        } catch {
            throw Problem(description: "cannot read the proxy '\(String(rest).escapedForDisplay)': \(error.reason)")
        }
        guard rest.hasSuffix(":\(single.port)") else {
            throw Problem(
                description:
                    "say the proxy's port: \(scheme)://\(String(rest).escapedForDisplay):PORT"
                    + (kind == .http ? " (3128 and 8080 are usual)" : " (1080 is usual)"))
        }
        host = single.host
        port = single.port
    }

    private static func login(_ text: Substring) -> ProxyLogin {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        return ProxyLogin(user: decoded(parts[0]), password: parts.count > 1 ? decoded(parts[1]) : [])
    }

    /// Without the percent signs of RFC 3986 section 2.1; one that stands for nothing stays.
    private static func decoded(_ text: Substring) -> [UInt8] {
        var rest = Array(text.utf8)[...]
        var bytes: [UInt8] = []
        while let byte = rest.popFirst() {
            if byte == 0x25, rest.count >= 2,
                let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)
            {
                bytes.append(value)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte)
            }
        }
        return bytes
    }
}

/// Which proxy is asked for which target.
public enum ProxyChoice: Sendable, Hashable {
    /// Every TCP target goes through this one.
    case always(ProxyAddress)
    /// As the environment says, for `http://` and `https://` targets, whose applications read it, too.
    case environment([String: String])
    case none

    /// The proxy for a target, and what named it, for the reader; nil where it is asked itself.
    public func proxy(
        for single: TargetSpecification.Single, toASCII: (String) -> String? = { _ in nil }
    ) throws(ProxyAddress.Problem) -> (address: ProxyAddress, source: String)? {
        switch self {
        case .none: return nil
        case .always(let address): return single.transport == .tcp ? (address, "-x") : nil
        case .environment(let values):
            guard let request = single.request, request.path != nil, !Self.isExcepted(single.host, values) else {
                return nil
            }
            // In capitals http_proxy may be a client's header to a CGI program: no client reads that.
            let names = request.usesTLS ? ["https_proxy", "HTTPS_PROXY"] : ["http_proxy"]
            for name in names + ["all_proxy", "ALL_PROXY"] {
                guard let value = values[name], !value.isEmpty else { continue }
                do throws(ProxyAddress.Problem) {
                    return (try ProxyAddress(value, toASCII: toASCII), name)
                } catch {
                    throw ProxyAddress.Problem(description: "\(name): \(error) (--no-proxy asks directly)")
                }
            }
            return nil
        }
    }

    /// Loopback, and what no_proxy lists: a name with all below it, an address, or `*`.
    private static func isExcepted(_ host: TargetSpecification.Host, _ values: [String: String]) -> Bool {
        let name: String
        switch host {
        case .address(let address):
            if address.isLoopback { return true }
            name = address.description
        case .name(let text):
            name = text.lowercased()
            if name == "localhost" { return true }
        }
        let list = values["no_proxy"] ?? values["NO_PROXY"] ?? ""
        return list.split(whereSeparator: { $0 == "," || $0 == " " }).contains { entry in
            if entry == "*" { return true }
            let domain = entry.lowercased().drop { $0 == "." }
            return !domain.isEmpty && (name == domain || name.hasSuffix(".\(domain)"))
        }
    }
}

extension TargetSpecification.Single {
    /// The same asked through a proxy: packets go to the proxy, which goes on to the target.
    public func through(_ proxy: ProxyAddress) throws(ProxyAddress.Problem) -> Self {
        var single = self
        let host =
            switch host {
            case .name(let name): name
            case .address(let address): address.description
            }
        if case .socks(let version) = proxy.kind,
            SOCKSRequest.connect(version, to: host, port: port, user: proxy.login?.user ?? []) == nil
        {
            throw ProxyAddress.Problem(
                description: "\(version.name) has no words for \(host.escapedForDisplay)"
                    + (version == .four ? ": it knows names and IPv4 addresses; try socks5://" : ""))
        }
        single.request = request ?? ApplicationRequest(usesTLS: false)
        single.request?.origin = ApplicationRequest.Origin(
            host: host, port: port, proxy: proxy.kind, login: proxy.login, isSecured: proxy.isSecured)
        single.host = proxy.host
        single.port = proxy.port
        return single
    }
}
