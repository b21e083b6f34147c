public import PacketWire

/// A service that a scenario asks for: `tcp/5432 accept`, `udp/53@203.0.113.20 dns`.
public struct ServiceSpecification: Hashable, Sendable, CustomStringConvertible {
    /// What a service does with whoever comes.
    public enum Behaviour: Hashable, Sendable {
        /// Accepts, and holds the connection without a word.
        case accept
        /// Accepts and says a line.
        case banner(String)
        /// Accepts, and answers each HTTP request with a page of so many bytes.
        case http(Int)
        /// Accepts and talks, turn by turn.
        case talk(Talk)
        /// Accepts and closes at once: a FIN.
        case close
        /// Accepts and resets at once: SO_LINGER with zero seconds.
        case reset
        /// Listens and never accepts, with the accept queue full from the start.
        case backlog
        /// Sends every datagram back.
        case echo
        /// Receives datagrams and says nothing.
        case silent
        /// Answers address queries about the lab's names.
        case dns
        /// Answers address queries, each client's later ones with the number of its first.
        case stale
        /// Answers each QUIC client with the versions that it speaks, and nothing else.
        case quic
        /// Answers each SYN with a segment of its own making, in the place of the node's kernel.
        case crafted(CraftedAnswer)
        /// Not a service: this many connections from the node to the address, made before anything is probed and
        /// held as long as the lab runs.
        case hold(Int)
        /// Takes away a service that otherwise runs on this port.
        case none
    }

    public var transport: Transport
    public var port: UInt16
    /// Nil for every address that the node has.
    public var address: IPAddress?
    public var behaviour: Behaviour

    public init(_ transport: Transport, _ port: UInt16, address: IPAddress? = nil, _ behaviour: Behaviour) {
        self.transport = transport
        self.port = port
        self.address = address
        self.behaviour = behaviour
    }

    /// Nil where the text is not a transport, a port and a behaviour that fits the transport.
    public init?(_ text: String) {
        guard let space = text.firstIndex(of: " ") else { return nil }
        let place = text[..<space].split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false)
        let key = place[0].split(separator: "/", omittingEmptySubsequences: false)
        guard key.count == 2, let transport = Transport(rawValue: String(key[0])), let port = UInt16(key[1]), port > 0,
            let behaviour = Behaviour(String(text[text.index(after: space)...]), over: transport)
        else { return nil }
        self.init(transport, port, behaviour)
        if place.count == 2 {
            guard let address = IPAddress(place[1]) else { return nil }
            self.address = address
        }
        // Connections go somewhere, and an answer's other sender must be of the family that it answers in.
        switch behaviour {
        case .hold: if self.address == nil { return nil }
        case .crafted(let answer): if let sender = answer.sender, sender.family != self.address?.family { return nil }
        default: break
        }
    }

    public var description: String {
        "\(transport.rawValue)/\(port)\(address.map { "@\($0)" } ?? "") \(behaviour.text)"
    }
}

extension ServiceSpecification.Behaviour {
    init?(_ text: String, over transport: Transport) {
        switch (transport, text) {
        case (_, "none"): self = .none
        case (.tcp, "accept"): self = .accept
        case (.tcp, "close"): self = .close
        case (.tcp, "reset"): self = .reset
        case (.tcp, "backlog"): self = .backlog
        case (.tcp, _) where text.hasPrefix("http "):
            guard let length = Int(text.dropFirst(5)), (0...1_000_000).contains(length) else { return nil }
            self = .http(length)
        case (.tcp, _) where text.hasPrefix("banner ") && text.count > 7: self = .banner(String(text.dropFirst(7)))
        case (.tcp, _) where text.hasPrefix("talk "):
            guard let talk = Talk(String(text.dropFirst(5))) else { return nil }
            self = .talk(talk)
        case (.tcp, _) where text.hasPrefix("raw "):
            guard let answer = CraftedAnswer(text.dropFirst(4)) else { return nil }
            self = .crafted(answer)
        case (.tcp, _) where text.hasPrefix("hold "):
            guard let count = Int(text.dropFirst(5)), (1...200).contains(count) else { return nil }
            self = .hold(count)
        case (.udp, "echo"): self = .echo
        case (.udp, "silent"): self = .silent
        case (_, "dns"): self = .dns
        case (.udp, "quic"): self = .quic
        case (.udp, "stale"): self = .stale
        default: return nil
        }
    }

    var text: String {
        switch self {
        case .accept: "accept"
        case .banner(let line): "banner \(line)"
        case .http(let length): "http \(length)"
        case .talk(let talk): "talk \(talk.text)"
        case .close: "close"
        case .reset: "reset"
        case .backlog: "backlog"
        case .echo: "echo"
        case .silent: "silent"
        case .dns: "dns"
        case .quic: "quic"
        case .stale: "stale"
        case .crafted(let answer): "raw \(answer)"
        case .hold(let count): "hold \(count)"
        case .none: "none"
        }
    }
}

extension ServiceSpecification {
    /// What runs on the server in every scenario. The resolver has an address of its own.
    public static let base: [String: [ServiceSpecification]] = [
        "server": [
            ServiceSpecification(.tcp, 22, .banner("SSH-2.0-lab")),
            ServiceSpecification(.tcp, 80, .accept),
            ServiceSpecification(.tcp, 443, .accept),
            ServiceSpecification(.udp, 7, .echo),
        ] + LabNames.resolvers.map { ServiceSpecification(.udp, 53, address: $0, .dns) }
    ]

    /// The base services with a scenario's own in the place of those on the same port, each spread over the
    /// node's addresses: a datagram must be answered from the address that it was sent to. In the order in which
    /// they must be started: nobody can connect to what does not listen yet.
    static func plan(for scenario: Scenario) -> [(node: LabNode, services: [Self])] {
        let plan = scenario.topology.nodes.map { node in
            let own = scenario.services[node.name] ?? []
            let kept = (base[node.name] ?? []).filter { service in
                !own.contains {
                    $0.transport == service.transport && $0.port == service.port
                        && ($0.address == nil || $0.address == service.address)
                }
            }
            let services = (kept + own).filter { $0.behaviour != .none }.flatMap { service in
                (service.address.map { [$0] } ?? node.addresses).map {
                    ServiceSpecification(service.transport, service.port, address: $0, service.behaviour)
                }
            }
            return (node: node, services: services)
        }
        let serving = plan.map { (node: $0.node, services: $0.services.filter { !$0.connects }) }
        let connecting = plan.map { (node: $0.node, services: $0.services.filter(\.connects)) }
        return (serving + connecting).filter { !$0.services.isEmpty }
    }

    private var connects: Bool {
        if case .hold = behaviour { true } else { false }
    }
}
