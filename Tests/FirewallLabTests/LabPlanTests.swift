import PacketWire
import Testing

@testable import FirewallLab

@Suite("The plan of the network")
struct LabPlanTests {
    static let topology = LabTopology.standard

    @Test("every end of a link is an interface, and every interface is an end of one link")
    func links() {
        let ends = Self.topology.links.flatMap { [$0.near, $0.far] }
        let interfaces = Self.topology.nodes.flatMap { node in
            node.interfaces.map { LabLink.End(node.name, $0.name) }
        }
        #expect(Set(ends) == Set(interfaces))
        #expect(ends.count == interfaces.count)
    }

    @Test("both ends of a link share a prefix in both families, and no address is there twice")
    func addresses() {
        let all = Self.topology.nodes.flatMap(\.addresses)
        #expect(Set(all).count == all.count)
        for link in Self.topology.links {
            func prefixes(_ end: LabLink.End) -> Set<String> {
                let interface = Self.topology.node(named: end.node)?.interfaces.first { $0.name == end.interface }
                return Set((interface?.addresses ?? []).map(\.prefix))
            }
            #expect(prefixes(link.near) == prefixes(link.far), "\(link)")
            #expect(prefixes(link.near).count == 2)
        }
    }

    @Test("only documentation addresses are used: RFC 5737, RFC 3849")
    func documentation() {
        for address in Self.topology.nodes.flatMap(\.addresses) {
            switch address {
            case .v4(let address):
                #expect([0xC0_0002, 0xC6_3364, 0xCB_0071].contains(address.rawValue >> 8), "\(address)")
            case .v6(let address):
                #expect(address.rawValue >> 96 == 0x2001_0DB8, "\(address)")
            }
        }
    }

    @Test("hops are counted from one")
    func hops() {
        #expect((0...5).map { Self.topology.node(atHop: $0)?.name } == [nil, "r1", "r2", "firewall", "server", nil])
        #expect(Self.topology.node(atHop: .min) == nil)
    }

    @Test("namespaces come first, then settings, cables, addresses, and a scenario's own wishes last")
    func order() {
        let setup = NodeSetup(
            nft: "table inet x {\n}", ip: ["route add prohibit 192.0.2.99/32"], sysctl: ["net.a.b": "7"])
        let plan = LabPlan(Scenario(name: "x", title: "t", setup: ["r1": setup]))
        let purposes = plan.steps.map(\.purpose)
        #expect(purposes.first == "creating the namespaces")
        #expect(purposes.suffix(3) == ["settings of r1", "ip commands of r1", "rules of r1"])
        #expect(purposes.firstIndex(of: "laying the cables") == 6)
        #expect(plan.steps.suffix(3).allSatisfy { $0.node == "r1" })
        #expect(
            plan.steps.suffix(3).map(\.input) == [
                "net/a/b 7\n", "route add prohibit 192.0.2.99/32\n", "table inet x {\n}\n",
            ])
        #expect(LabPlan(Scenario(name: "x", title: "t")).steps.count == plan.steps.count - 3)
    }

    @Test("nothing from a scenario becomes part of a program: it is only ever read as data")
    func noInjection() {
        let evil = "$(touch /tmp/evil); `id`"
        let setup = NodeSetup(nft: evil, ip: [evil], sysctl: [evil: evil])
        let plan = LabPlan(Scenario(name: "x", title: "t", setup: ["client": setup]))
        #expect(plan.steps.allSatisfy { step in !step.arguments.contains { $0.contains("evil") } })
        #expect(plan.steps.count { $0.input.contains("evil") } == 3)
    }

    @Test("all interface numbers differ, whichever namespace they are in")
    func interfaceNumbers() throws {
        let cables = try #require(
            LabPlan(Scenario(name: "x", title: "t")).steps.first { $0.purpose.contains("cables") })
        let words = cables.input.split { $0 == " " || $0 == "\n" }
        let numbers = words.indices.filter { words[$0] == "index" }.map { words[$0 + 1] }
        #expect(numbers.count == 2 * Self.topology.links.count)
        #expect(Set(numbers).count == numbers.count)
    }

    @Test("the drawing names every node and its first addresses, in plain ASCII")
    func drawing() {
        let drawing = Self.topology.drawing
        for node in Self.topology.nodes { #expect(drawing.contains(node.name)) }
        #expect(drawing.contains("hop 4"))
        #expect(drawing.contains("203.0.113.10/24  2001:db8:5::10/64"))
        #expect(drawing.utf8.allSatisfy { $0 < 0x80 })
    }

    @Test("interfaces are read from /proc/net/dev; only those that lead nowhere are harmless")
    func interfaces() {
        let text = """
            Inter-|   Receive                                                |  Transmit
             face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets
                lo:       0       0    0    0    0     0          0         0        0       0
              eth0:     120       1    0    0    0     0          0         0      120       1
             sit0:0 0
            """
        let names = NetworkNamespaceContents.interfaces(inProcNetDev: text)
        #expect(names == ["lo", "eth0", "sit0"])
        #expect(names.filter { !NetworkNamespaceContents.isHarmless($0) } == ["eth0"])
        #expect(NetworkNamespaceContents.interfaces(inProcNetDev: "") == [])
    }
}

extension LabAddress {
    fileprivate var prefix: String {
        switch address {
        case .v4(let address): "4 \(address.rawValue >> UInt32(32 - prefixLength))/\(prefixLength)"
        case .v6(let address): "6 \(address.rawValue >> UInt128(128 - prefixLength))/\(prefixLength)"
        }
    }
}
