import PacketWire

extension LabTopology {
    /// client - r1 - r2 - firewall - server, with both families on every link.
    public static let standard = LabTopology(
        "standard",
        nodes: [
            LabNode(
                name: "client", forwards: false,
                interfaces: [LabInterface("eth0", [.v4(198, 51, 100, 2, 24), .v6(net: 1, host: 2)])],
                routes: ["default via 198.51.100.1", "default via 2001:db8:1::1"]),
            LabNode(
                name: "r1", forwards: true,
                interfaces: [
                    LabInterface("to-client", [.v4(198, 51, 100, 1, 24), .v6(net: 1, host: 1)]),
                    LabInterface("to-r2", [.v4(192, 0, 2, 1, 28), .v6(net: 2, host: 1)]),
                ],
                routes: ["default via 192.0.2.2", "default via 2001:db8:2::2"]),
            LabNode(
                name: "r2", forwards: true,
                interfaces: [
                    LabInterface("to-r1", [.v4(192, 0, 2, 2, 28), .v6(net: 2, host: 2)]),
                    LabInterface("to-firewall", [.v4(192, 0, 2, 17, 28), .v6(net: 3, host: 1)]),
                ],
                routes: [
                    "198.51.100.0/24 via 192.0.2.1", "2001:db8:1::/64 via 2001:db8:2::1",
                    "default via 192.0.2.18", "default via 2001:db8:3::2",
                ]),
            LabNode(
                name: "firewall", forwards: true,
                interfaces: [
                    LabInterface("to-r2", [.v4(192, 0, 2, 18, 28), .v6(net: 3, host: 2)]),
                    LabInterface("to-server", [.v4(203, 0, 113, 1, 24), .v6(net: 5, host: 1)]),
                ],
                // No default route: what nobody has ends here, with "network unreachable".
                routes: [
                    "198.51.100.0/24 via 192.0.2.17", "2001:db8:1::/64 via 2001:db8:3::1",
                    "192.0.2.0/28 via 192.0.2.17", "2001:db8:2::/64 via 2001:db8:3::1",
                ]),
            LabNode(
                name: "server", forwards: false,
                interfaces: [
                    LabInterface(
                        "eth0",
                        [
                            .v4(203, 0, 113, 10, 24), .v6(net: 5, host: 0x10),
                            .v4(203, 0, 113, 20, 24), .v6(net: 5, host: 0x20),
                            .v4(203, 0, 113, 21, 24), .v6(net: 5, host: 0x21),
                            .v4(203, 0, 113, 53, 24), .v6(net: 5, host: 0x53),
                        ])
                ],
                routes: ["default via 203.0.113.1", "default via 2001:db8:5::1"]),
        ],
        links: [
            LabLink(.init("client", "eth0"), .init("r1", "to-client")),
            LabLink(.init("r1", "to-r2"), .init("r2", "to-r1")),
            LabLink(.init("r2", "to-firewall"), .init("firewall", "to-r2")),
            LabLink(.init("firewall", "to-server"), .init("server", "eth0")),
        ],
        path: [["r1"], ["r2"], ["firewall"], ["server"]])
}

extension LabAddress {
    static func v4(_ a: UInt8, _ b: UInt8, _ c: UInt8, _ d: UInt8, _ prefixLength: Int) -> LabAddress {
        LabAddress(.v4(IPv4Address(a, b, c, d)), prefixLength: prefixLength)
    }

    /// `2001:db8:<net>::<host>/64`.
    static func v6(net: UInt128, host: UInt128) -> LabAddress {
        LabAddress(.v6(IPv6Address(rawValue: 0x2001_0DB8 << 96 | net << 80 | host)), prefixLength: 64)
    }
}
