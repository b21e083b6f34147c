extension LabTopology {
    /// The standard network with a second router beside r2, a second cable from the client to r1, and a second
    /// host behind the firewall, for what needs two of something. Nothing is routed over them until a scenario
    /// does it, so that hops and answers are those of the standard network.
    public static let wide: LabTopology = {
        var topology = LabTopology.standard
        topology.name = "wide"
        topology.add("eth1", [.v4(192, 0, 2, 66, 28), .v6(net: 8, host: 2)], to: "client")
        topology.add("to-client-b", [.v4(192, 0, 2, 65, 28), .v6(net: 8, host: 1)], to: "r1")
        topology.add("to-r2b", [.v4(192, 0, 2, 33, 28), .v6(net: 6, host: 1)], to: "r1")
        // What lies behind this router and that router may answer to the client's second address.
        topology.add(
            routes: ["192.0.2.64/28 via 192.0.2.1", "2001:db8:8::/64 via 2001:db8:2::1"], to: "r2")
        topology.add("to-r2b", [.v4(192, 0, 2, 50, 28), .v6(net: 7, host: 2)], to: "firewall")
        topology.add("to-backend", [.v4(192, 0, 2, 81, 28), .v6(net: 9, host: 1)], to: "firewall")
        topology.add(
            routes: ["192.0.2.64/28 via 192.0.2.17", "2001:db8:8::/64 via 2001:db8:3::1"], to: "firewall")
        topology.nodes += [
            LabNode(
                name: "r2b", forwards: true,
                interfaces: [
                    LabInterface("to-r1", [.v4(192, 0, 2, 34, 28), .v6(net: 6, host: 2)]),
                    LabInterface("to-firewall", [.v4(192, 0, 2, 49, 28), .v6(net: 7, host: 1)]),
                ],
                routes: [
                    "198.51.100.0/24 via 192.0.2.33", "2001:db8:1::/64 via 2001:db8:6::1",
                    "192.0.2.64/28 via 192.0.2.33", "2001:db8:8::/64 via 2001:db8:6::1",
                    "default via 192.0.2.50", "default via 2001:db8:7::2",
                ]),
            LabNode(
                name: "backend", forwards: false,
                interfaces: [LabInterface("eth0", [.v4(192, 0, 2, 82, 28), .v6(net: 9, host: 0x10)])],
                routes: ["default via 192.0.2.81", "default via 2001:db8:9::1"]),
        ]
        topology.links += [
            LabLink(.init("client", "eth1"), .init("r1", "to-client-b")),
            LabLink(.init("r1", "to-r2b"), .init("r2b", "to-r1")),
            LabLink(.init("r2b", "to-firewall"), .init("firewall", "to-r2b")),
            LabLink(.init("firewall", "to-backend"), .init("backend", "eth0")),
        ]
        topology.path = [["r1"], ["r2", "r2b"], ["firewall"], ["server"]]
        return topology
    }()

    private mutating func add(_ interface: String, _ addresses: [LabAddress], to node: String) {
        for index in nodes.indices where nodes[index].name == node {
            nodes[index].interfaces.append(LabInterface(interface, addresses))
        }
    }

    private mutating func add(routes: [String], to node: String) {
        for index in nodes.indices where nodes[index].name == node { nodes[index].routes += routes }
    }
}
