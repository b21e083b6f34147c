import PacketWire

/// How a proxy wants to be told who asks, as its Proxy-Authenticate fields have it: RFC 9110 section 11.3.
struct ProxyChallenge {
    /// In the proxy's order.
    private(set) var schemes: [NetworkText] = []
    /// Of the first that has one.
    private(set) var realm: NetworkText?

    private static let realmName = Array("realm".utf8)
    /// There are about ten.
    private static let mostSchemes = 8

    /// A list of challenges, in which commas part these as well as what belongs to one of them.
    init(_ field: NetworkText?) {
        guard let bytes = field?.bytes else { return }
        for element in Self.elements(bytes) {
            let word = element.prefix { $0 > 0x20 && $0 != UInt8(ascii: "=") }
            guard !word.isEmpty else { continue }
            let rest = element.dropFirst(word.count).drop { $0 == 0x20 || $0 == 0x09 }
            // `scheme`, `scheme parameter="…"`, or one more `parameter="…"`.
            let isParameter = rest.first == UInt8(ascii: "=")
            if !isParameter, schemes.count < Self.mostSchemes, !schemes.contains(NetworkText(bytes: Array(word))) {
                schemes.append(NetworkText(bytes: Array(word)))
            }
            if realm == nil, !schemes.isEmpty { realm = Self.realm(isParameter ? element : rest) }
        }
    }

    /// Parted by the commas outside of quoted text.
    private static func elements(_ bytes: [UInt8]) -> [ArraySlice<UInt8>] {
        var (isQuoted, isEscaped) = (false, false)
        return bytes.split { byte in
            defer { isEscaped = isQuoted && !isEscaped && byte == UInt8(ascii: "\\") }
            if byte == UInt8(ascii: "\""), !isEscaped { isQuoted.toggle() }
            return byte == UInt8(ascii: ",") && !isQuoted
        }.map { $0.drop { $0 == 0x20 || $0 == 0x09 } }
    }

    /// Nil where it is another parameter.
    private static func realm(_ parameter: ArraySlice<UInt8>) -> NetworkText? {
        let name = parameter.prefix(realmName.count).map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 }
        let rest = parameter.dropFirst(realmName.count).drop { $0 == 0x20 || $0 == UInt8(ascii: "=") }
        guard name == realmName, rest.first == UInt8(ascii: "\"") else { return nil }
        return NetworkText(bytes: quoted(rest.dropFirst()))
    }

    /// Up to the closing quotation mark: RFC 9110 section 5.6.4, where a backslash makes the next one a plain sign.
    private static func quoted(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
        var text: [UInt8] = []
        var isEscaped = false
        for byte in bytes.prefix(128) {
            if !isEscaped, byte == UInt8(ascii: "\"") { break }
            isEscaped = !isEscaped && byte == UInt8(ascii: "\\")
            if !isEscaped { text.append(byte) }
        }
        return text
    }

    /// `; it takes Negotiate or Basic, for 'lab'`, or nothing.
    var phrase: String {
        guard let last = schemes.last else { return "" }
        let others = schemes.dropLast().map(\.description).joined(separator: ", ")
        return "; it takes \(others.isEmpty ? "" : "\(others) or ")\(last)" + (realm.map { ", for '\($0)'" } ?? "")
    }
}
