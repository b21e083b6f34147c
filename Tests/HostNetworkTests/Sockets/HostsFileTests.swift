import HostNetwork
import PacketWire
import Testing

@Suite struct HostsFileTests {
    private static let text = """
        # 192.0.2.9 db.example
        127.0.0.1\tlocalhost
        192.0.2.1   db.example db  # and 192.0.2.8 web.example
        192.0.2.2\tDB.Example
        192.0.2.1 db.example
        2001:db8::1 db.example\r
        fe80::1%eth0 db.example
        nonsense db.example
        192.0.2.3
        192.0.2.4 db.example.org
        192.0.2.5 last.example
        """

    @Test(
        "Names of any case, comments, several names a line",
        arguments: [
            ("db.example", ["192.0.2.1", "192.0.2.2", "2001:db8::1"]), ("DB", ["192.0.2.1"]),
            ("localhost", ["127.0.0.1"]), ("last.example", ["192.0.2.5"]), ("web.example", []), ("192.0.2.3", []),
            ("", []), ("example", []),
        ])
    func names(_ name: String, _ expected: [String]) {
        let bytes = Array(Self.text.utf8)
        let found = HostsFile.addresses(of: name, in: bytes.span)
        #expect(found.map(\.description) == expected)
    }

    @Test("Any bytes are read, and nothing traps", arguments: 0..<64)
    func damaged(_ seed: Int) {
        var bytes = Array(Self.text.utf8)
        var state = UInt64(seed) &* 0x9E37_79B9_7F4A_7C15 | 1
        for _ in 0..<20 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            bytes[Int(state >> 33) % bytes.count] = UInt8(truncatingIfNeeded: state >> 20)
        }
        let part = Array(bytes.prefix(seed * 4))
        let found = HostsFile.addresses(of: "db.example", in: part.span)
        #expect(found.count <= 6)
    }
}
