public import PacketWire

/// The names that this machine knows by itself: hosts(5). Applications ask no resolver for them, in the usual order of
/// nsswitch.conf(5).
public enum HostsFile {
    public static let path = "/etc/hosts"
    /// Lists of blocked names have some megabytes.
    static let mostBytes = 32 << 20

    /// The addresses of a name, in the order of the file, each once; case does not matter.
    public static func addresses(of name: String, in text: Span<UInt8>) -> [IPAddress] {
        let wanted = Array(name.utf8.map(\.lowercasedASCII))
        guard !wanted.isEmpty else { return [] }
        var found: [IPAddress] = []
        var line = 0
        while line < text.count, line < mostBytes {
            var end = line
            while end < text.count, text[end] != UInt8(ascii: "\n") { end += 1 }
            if let address = address(in: text.extracting(line..<end), if: wanted), !found.contains(address) {
                found.append(address)
            }
            line = end + 1
        }
        return found
    }

    /// Of this machine; none where there is no such file.
    public static func addresses(of name: String) -> [IPAddress] {
        guard let file = try? InputFile(reading: path) else { return [] }
        return file.withBytes { addresses(of: name, in: $0) }
    }

    /// The address that a line begins with, if one of its names is the wanted one.
    private static func address(in line: Span<UInt8>, if wanted: [UInt8]) -> IPAddress? {
        var first: Range<Int>?
        var index = 0
        while index < line.count, line[index] != UInt8(ascii: "#") {
            guard !line[index].isBlank else {
                index += 1
                continue
            }
            let start = index
            while index < line.count, !line[index].isBlank, line[index] != UInt8(ascii: "#") { index += 1 }
            guard let address = first else {
                first = start..<index
                continue
            }
            guard index - start == wanted.count,
                wanted.indices.allSatisfy({ line[start + $0].lowercasedASCII == wanted[$0] })
            else { continue }
            // A zone (fe80::1%eth0) is left out.
            guard address.count <= 64 else { return nil }
            return IPAddress(String(decoding: address.map { line[$0] }, as: UTF8.self))
        }
        return nil
    }
}

extension UInt8 {
    fileprivate var isBlank: Bool {
        self == UInt8(ascii: " ") || self == UInt8(ascii: "\t") || self == UInt8(ascii: "\r")
    }

    fileprivate var lowercasedASCII: UInt8 {
        (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(self) ? self | 0x20 : self
    }
}
