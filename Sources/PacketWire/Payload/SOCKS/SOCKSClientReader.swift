/// What the client of a SOCKS proxy says, as somebody overhears it: the greeting, a login, and the place that it wants.
public struct SOCKSClientReader: Hashable, Sendable {
    public let version: SOCKSVersion
    public private(set) var offered: [SOCKSMethod] = []
    /// `host:port`, as it was asked for.
    public private(set) var place: NetworkText?
    /// The request was none for a connection, or is not to be read.
    public private(set) var isStrange = false
    private var bytes: [UInt8] = []

    /// The longest request: a name and a user of 255 bytes each, and more than that is nobody's.
    private static let longest = 600

    /// Nil where the first words are no greeting, nor a request of version 4. A greeting of version 5 comes by itself,
    /// because the answer to it says how to go on.
    public init?(beginning first: Span<UInt8>) {
        guard first.count >= 3 else { return nil }
        switch first[0] {
        case 5:
            guard first[1] > 0, first.count == 2 + Int(first[1]) else { return nil }
            version = .five
            for place in 2..<first.count {
                let method = SOCKSMethod(rawValue: first[place])
                // Many protocols begin with a kind and a length: nobody offers what there is not, nor anything twice.
                guard method.isRegistered, !offered.contains(method) else { return nil }
                offered.append(method)
            }
        case 4:
            // CONNECT, a port, an address, and who asks, with a zero behind.
            guard first.count >= 9, first[1] == 1, first.uint16(at: 2) > 0, first[first.count - 1] == 0 else {
                return nil
            }
            version = .four
            read(first)
            if place == nil { return nil }
        default: return nil
        }
    }

    public var isDone: Bool { place != nil || isStrange }

    /// What follows the first words.
    public mutating func read(_ more: Span<UInt8>) {
        guard !isDone else { return }
        for place in 0..<more.count where bytes.count < Self.longest { bytes.append(more[place]) }
        if version == .four { return readFour() }
        // RFC 1929: one, and two words with their lengths.
        if bytes.first == 1 {
            guard bytes.count >= 2, bytes.count >= 3 + Int(bytes[1]) else { return }
            let length = 3 + Int(bytes[1]) + Int(bytes[2 + Int(bytes[1])])
            guard bytes.count >= length else { return }
            bytes.removeFirst(length)
        }
        readFive()
    }

    private mutating func readFive() {
        guard let first = bytes.first else { return }
        guard first == 5 else {
            isStrange = true
            return
        }
        guard bytes.count >= 5 else { return }
        let length: Int
        switch bytes[3] {
        case 1: length = 4
        case 4: length = 16
        case 3: length = 1 + Int(bytes[4])
        default:
            isStrange = true
            return
        }
        // 2 and 3 want something else than a connection: RFC 1928 section 4.
        guard bytes[1] == 1 else {
            isStrange = true
            return
        }
        guard bytes.count >= 4 + length + 2 else { return }
        let address = Array(bytes[4..<4 + length])
        let host = bytes[3] == 3 ? Array(address.dropFirst()) : Array(Self.text(address).utf8)
        note(host, UInt16(bytes[4 + length]) << 8 | UInt16(bytes[5 + length]))
    }

    private mutating func readFour() {
        guard bytes.count >= 9, let end = bytes[8...].firstIndex(of: 0) else { return }
        let port = UInt16(bytes[2]) << 8 | UInt16(bytes[3])
        let address = Array(bytes[4..<8])
        // SOCKS 4A: an address of 0.0.0.x, and a name behind who asks.
        guard address.prefix(3) == [0, 0, 0], address[3] != 0 else { return note(Array(Self.text(address).utf8), port) }
        guard let stop = bytes[(end + 1)...].firstIndex(of: 0) else { return }
        note(Array(bytes[(end + 1)..<stop]), port)
    }

    private mutating func note(_ host: [UInt8], _ port: UInt16) {
        place = NetworkText(bytes: host + Array(":\(port)".utf8))
        bytes = []
    }

    private static func text(_ bytes: [UInt8]) -> String {
        guard bytes.count == 16 else {
            return IPv4Address(rawValue: bytes.reduce(0) { $0 << 8 | UInt32($1) }).description
        }
        return "[\(IPv6Address(rawValue: bytes.reduce(0) { $0 << 8 | UInt128($1) }))]"
    }
}
