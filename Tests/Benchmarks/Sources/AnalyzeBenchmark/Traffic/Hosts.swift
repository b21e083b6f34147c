import PacketWire

/// Who talks to whom: two thousand clients and three hundred servers, documentation's addresses.
struct Hosts {
    static let clients = 2_000
    static let servers = 300
    static let resolvers = 4

    /// The next ephemeral port of each client: no two conversations of a capture have one flow.
    private var ports: [UInt16]

    init(_ numbers: inout SeededNumbers) {
        ports = (0..<Self.clients).map { _ in UInt16(32_768 + numbers.below(28_000)) }
    }

    /// IPv4 in the low 32 bits.
    static func client(_ number: Int, isIPv6: Bool) -> UInt128 {
        isIPv6 ? prefix | 0x1_0000 | UInt128(number) : UInt128(0x0A14_0000 + number / 250 * 256 + number % 250 + 1)
    }

    static func server(_ number: Int, isIPv6: Bool) -> UInt128 {
        if isIPv6 { return prefix | 0x2_0000 | UInt128(number) }
        return UInt128(number < 200 ? 0xCB00_7101 + number : 0xC633_6401 + number - 200)
    }

    static func router(_ number: Int, isIPv6: Bool) -> UInt128 {
        isIPv6 ? prefix | 0x3_0000 | UInt128(number) : UInt128(0xC000_0201 + number)
    }

    private static let prefix: UInt128 = 0x2001_0DB8 << 96

    mutating func nextPort(of client: Int) -> UInt16 {
        ports[client] = ports[client] >= 60_767 ? 32_768 : ports[client] + 1
        return ports[client]
    }
}
