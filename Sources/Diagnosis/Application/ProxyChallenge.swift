import PacketWire

/// How a proxy wants to be told who asks, as its Proxy-Authenticate field has it: RFC 9110 section 11.3.
struct ProxyChallenge {
    private(set) var scheme: NetworkText?
    private(set) var realm: NetworkText?

    private static let realmName = Array("realm=\"".utf8)

    /// Of the first challenge where there are several.
    init(_ field: NetworkText?) {
        guard let bytes = field?.bytes else { return }
        let name = bytes.prefix { $0 > 0x20 && $0 != UInt8(ascii: ",") }
        guard !name.isEmpty else { return }
        scheme = NetworkText(bytes: Array(name))
        var place = name.count
        while place + Self.realmName.count < bytes.count {
            let found = bytes[place...].prefix(Self.realmName.count).map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 }
            if found == Self.realmName {
                realm = NetworkText(bytes: Self.quoted(bytes[(place + Self.realmName.count)...]))
                return
            }
            place += 1
        }
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

    /// `; it takes Basic, for 'lab'`, or nothing.
    var phrase: String {
        guard let scheme else { return "" }
        return "; it takes \(scheme)" + (realm.map { ", for '\($0)'" } ?? "")
    }
}
