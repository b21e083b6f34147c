import PacketWire

/// Everything that is run to build the network of a scenario, in order. Pure text: what it does to a
/// machine is decided by where it is run, and `LabInside` refuses to run it anywhere but in namespaces of its own.
public struct LabPlan: Hashable, Sendable {
    public var steps: [SetupStep]

    public init(_ scenario: Scenario) {
        let topology = scenario.topology
        steps = [
            SetupStep(
                "creating the namespaces", "ip", ["-batch", "-"],
                input: topology.nodes.map { "netns add \($0.name)\n" }.joined())
        ]
        // Before the interfaces exist: these defaults are copied into each when it is made.
        steps += topology.nodes.map { node in
            Self.settings("base settings of \(node.name)", node, Self.baseSettings(of: node))
        }
        steps.append(
            SetupStep(
                "laying the cables", "ip", ["-batch", "-"], input: topology.links.enumerated().map(Self.cable).joined())
        )
        steps += topology.nodes.map { node in
            SetupStep(
                "addresses and routes of \(node.name)", node: node.name, "ip", ["-batch", "-"],
                input: Self.addressesAndRoutes(of: node))
        }
        steps.append(Self.waitForLinks(of: topology.nodes))
        for node in topology.nodes {
            guard let setup = scenario.setup[node.name] else { continue }
            if !setup.sysctl.isEmpty {
                steps.append(Self.settings("settings of \(node.name)", node, setup.sysctl.sorted { $0.key < $1.key }))
            }
            // A batch has one family for what addresses do not tell, such as rules without any.
            for (option, family) in [("", ""), ("-6 ", "IPv6 ")] {
                let lines = setup.ip.filter { $0.hasPrefix("-6 ") == !option.isEmpty }
                guard !lines.isEmpty else { continue }
                steps.append(
                    SetupStep(
                        "\(family)ip commands of \(node.name)", node: node.name, "ip",
                        (option.isEmpty ? [] : ["-6"]) + ["-batch", "-"],
                        input: lines.map { $0.dropFirst(option.count) + "\n" }.joined()))
            }
            if !setup.tc.isEmpty {
                steps.append(
                    SetupStep(
                        "tc commands of \(node.name)", node: node.name, "tc", ["-batch", "-"],
                        input: setup.tc.joined(separator: "\n") + "\n"))
            }
            if !setup.nft.isEmpty {
                steps.append(
                    SetupStep("rules of \(node.name)", node: node.name, "nft", ["-f", "-"], input: setup.nft + "\n"))
            }
        }
        // What one node makes, another may use: the farthest begins.
        for node in topology.nodes.reversed() {
            guard let program = scenario.setup[node.name]?.run, !program.isEmpty else { continue }
            steps.append(
                SetupStep("the program of \(node.name)", node: node.name, "sh", ["-c", NodeProgram.text(program)]))
        }
    }

    /// A veth pair, each end made in its node's namespace, so that no cable is ever loose in the outer one.
    ///
    /// The interface numbers differ everywhere: where both ends of a pair have the same, the kernel's link
    /// watch takes the interface for an ordinary one and lets it wait a second (`linkwatch_urgent_event`).
    private static func cable(number: Int, _ link: LabLink) -> String {
        "link add \(link.near.interface) index \(2 * number + 10) netns \(link.near.node) type veth "
            + "peer name \(link.far.interface) index \(2 * number + 11) netns \(link.far.node)\n"
    }

    private static func addressesAndRoutes(of node: LabNode) -> String {
        var lines = ["link set lo up"]
        for interface in node.interfaces {
            for address in interface.addresses {
                // No duplicate address detection: an address that is still tentative cannot be used for a second.
                let option = address.address.family == .v6 ? " nodad" : ""
                lines.append("addr add \(address) dev \(interface.name)\(option)")
            }
            lines.append("link set \(interface.name) up")
        }
        lines += node.routes.map { "route add \($0)" }
        return lines.joined(separator: "\n") + "\n"
    }

    /// A link that is up may still swallow packets until the kernel's link watch has noticed, and IPv6 neighbour
    /// discovery then loses a second. So wait until every cable says UP, five seconds at most. Cables only: where a
    /// module for tunnels is loaded (`sit`, `ip_gre`, `ipip`), every namespace has one that nobody sets up.
    private static func waitForLinks(of nodes: [LabNode]) -> SetupStep {
        let program = """
            tries=0
            for node in "$@"; do
                while ip -n "$node" -o link show type veth | grep -q 'state DOWN' ||
                      ip -n "$node" -o -6 addr show tentative | grep -q inet6; do
                    tries=$((tries + 1))
                    if [ $tries -gt 250 ]; then echo "a link of $node does not come up"; exit 1; fi
                    sleep 0.02
                done
            done
            """
        return SetupStep("waiting for the links", "sh", ["-c", program, "sh"] + nodes.map(\.name))
    }

    /// Whatever the host's own settings are, each node starts from these.
    private static func baseSettings(of node: LabNode) -> [(key: String, value: String)] {
        let forwarding = node.forwards ? "1" : "0"
        var settings: [(String, String)] = [("net/ipv4/ip_forward", forwarding)]
        for scope in ["all", "default"] {
            settings += [
                ("net/ipv4/conf/\(scope)/rp_filter", "0"),
                ("net/ipv4/conf/\(scope)/accept_redirects", "0"),
                ("net/ipv4/conf/\(scope)/send_redirects", "0"),
                ("net/ipv6/conf/\(scope)/disable_ipv6", "0"),
                ("net/ipv6/conf/\(scope)/forwarding", forwarding),
                ("net/ipv6/conf/\(scope)/accept_dad", "0"),
                ("net/ipv6/conf/\(scope)/dad_transmits", "0"),
                ("net/ipv6/conf/\(scope)/accept_ra", "0"),
                ("net/ipv6/conf/\(scope)/router_solicitations", "0"),
            ]
        }
        return settings
    }

    /// `/proc/sys` shows the namespace of whoever writes, so a small shell in the node does it. Keys and
    /// values are data on its standard input, never part of its program.
    private static func settings(
        _ purpose: String, _ node: LabNode, _ settings: [(key: String, value: String)]
    ) -> SetupStep {
        let program = #"while read -r key value; do printf '%s\n' "$value" > "/proc/sys/$key" || exit 1; done"#
        let lines = settings.map { key, value in
            // The dotted form; an interface name with a dot in it needs the slashed one.
            "\(key.contains("/") ? key : String(key.map { $0 == "." ? "/" : $0 })) \(value)\n"
        }
        return SetupStep(purpose, node: node.name, "sh", ["-c", program], input: lines.joined())
    }
}
