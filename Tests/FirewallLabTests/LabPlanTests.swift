import PacketWire
import Testing

@testable import FirewallLab

@Suite("The plan of the network")
struct LabPlanTests {
    static let topology = LabTopology.standard

    @Test("every end of a link is an interface, and every interface is an end of one link", arguments: LabTopology.all)
    func links(topology: LabTopology) {
        let ends = topology.links.flatMap { [$0.near, $0.far] }
        let interfaces = topology.nodes.flatMap { node in
            node.interfaces.map { LabLink.End(node.name, $0.name) }
        }
        #expect(Set(ends) == Set(interfaces))
        #expect(ends.count == interfaces.count)
    }

    @Test(
        "both ends of a link share a prefix in both families, and no address is there twice", arguments: LabTopology.all
    )
    func addresses(topology: LabTopology) {
        let all = topology.nodes.flatMap(\.addresses)
        #expect(Set(all).count == all.count)
        for link in topology.links {
            func prefixes(_ end: LabLink.End) -> Set<String> {
                let interface = topology.node(named: end.node)?.interfaces.first { $0.name == end.interface }
                return Set((interface?.addresses ?? []).map(\.prefix))
            }
            #expect(prefixes(link.near) == prefixes(link.far), "\(link)")
            #expect(prefixes(link.near).count == 2)
        }
    }

    @Test("only documentation addresses are used: RFC 5737, RFC 3849", arguments: LabTopology.all)
    func documentation(topology: LabTopology) {
        for address in topology.nodes.flatMap(\.addresses) {
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
        #expect(
            (0...5).map { Self.topology.nodes(atHop: $0).map(\.name) } == [
                [], ["r1"], ["r2"], ["firewall"], ["server"], [],
            ])
        #expect(Self.topology.nodes(atHop: .min).isEmpty)
    }

    @Test("namespaces come first, then settings, cables, addresses, and a scenario's own wishes last")
    func order() {
        let setup = NodeSetup(
            nft: "table inet x {\n}", ip: ["route add prohibit 192.0.2.99/32"], sysctl: ["net.a.b": "7"],
            tc: ["qdisc add dev to-client root blackhole"])
        let plan = LabPlan(Scenario(name: "x", title: "t", setup: ["r1": setup]))
        let purposes = plan.steps.map(\.purpose)
        #expect(purposes.first == "creating the namespaces")
        #expect(purposes.suffix(4) == ["settings of r1", "ip commands of r1", "tc commands of r1", "rules of r1"])
        #expect(purposes.firstIndex(of: "laying the cables") == 6)
        #expect(plan.steps.suffix(4).allSatisfy { $0.node == "r1" })
        #expect(
            plan.steps.suffix(4).map(\.input) == [
                "net/a/b 7\n", "route add prohibit 192.0.2.99/32\n", "qdisc add dev to-client root blackhole\n",
                "table inet x {\n}\n",
            ])
        #expect(LabPlan(Scenario(name: "x", title: "t")).steps.count == plan.steps.count - 4)
    }

    @Test("lines that begin with -6 are a batch of their own, for IPv6")
    func sixth() {
        let setup = NodeSetup(ip: ["-6 rule add fwmark 1 table 9", "rule add fwmark 1 table 9"])
        let steps = LabPlan(Scenario(name: "x", title: "t", setup: ["r1": setup])).steps.suffix(2)
        #expect(steps.map(\.arguments) == [["-batch", "-"], ["-6", "-batch", "-"]])
        #expect(steps.allSatisfy { $0.input == "rule add fwmark 1 table 9\n" })
    }

    @Test("nothing from a scenario becomes part of a program: it is only ever read as data")
    func noInjection() {
        let evil = "$(touch /tmp/evil); `id`"
        let setup = NodeSetup(nft: evil, ip: [evil], sysctl: [evil: evil], tc: [evil])
        let plan = LabPlan(Scenario(name: "x", title: "t", setup: ["client": setup]))
        #expect(plan.steps.allSatisfy { step in !step.arguments.contains { $0.contains("evil") } })
        #expect(plan.steps.count { $0.input.contains("evil") } == 4)
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

    @Test("the wide network adds to the standard one and changes nothing that is there")
    func wide() throws {
        for node in Self.topology.nodes {
            let same = try #require(LabTopology.wide.node(named: node.name))
            #expect(Array(same.interfaces.prefix(node.interfaces.count)) == node.interfaces)
            #expect(Array(same.routes.prefix(node.routes.count)) == node.routes)
            #expect(same.forwards == node.forwards)
            // No route of these leads over what is new.
            let new = Set(LabTopology.wide.nodes.flatMap(\.addresses)).subtracting(
                Self.topology.nodes.flatMap(\.addresses))
            for address in new { #expect(!same.routes.contains { $0.hasSuffix("via \(address)") }, "\(node.name)") }
        }
        #expect(Array(LabTopology.wide.links.prefix(Self.topology.links.count)) == Self.topology.links)
        #expect(LabTopology.wide.nodes(atHop: 2).map(\.name) == ["r2", "r2b"])
        #expect(LabTopology.named("wide") == .wide)
        #expect(LabTopology.named("round") == nil)
    }

    @Test("the plan builds the network that the scenario names")
    func named() {
        let plan = LabPlan(Scenario(name: "x", title: "t", topology: .wide))
        #expect(plan.steps.first?.input.contains("netns add r2b\n") == true)
        #expect(LabPlan(Scenario(name: "x", title: "t")).steps.first?.input.contains("r2b") == false)
    }

    @Test("the drawing names every node and its first addresses, in plain ASCII", arguments: LabTopology.all)
    func drawing(topology: LabTopology) {
        let drawing = topology.drawing
        for node in topology.nodes { #expect(drawing.contains(node.name)) }
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
