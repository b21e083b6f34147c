public import Conversations
public import Diagnosis
public import PacketWire

/// A path of routers to one host, with rules, that answers attempts as real ones would. Deterministic; no
/// packet, no socket and no clock is involved.
public struct SimulatedPath: Sendable {
    /// What a rule does with a packet that it matches.
    public enum Action: Sendable, Hashable {
        case drop
        /// An ICMP error from whoever holds the rule.
        case reject(type: UInt8, code: UInt8)
        /// A TCP reset in the host's name.
        case reset
        /// The answer is dropped on its way back.
        case dropAnswer
        /// The socket call fails with this errno (Linux numbers).
        case fail(errno: Int32)
    }

    /// Where a rule sits.
    public enum Place: Sendable, Hashable {
        case localEgress
        case localIngress
        /// On its way through the router with this TTL, after that router has looked at the TTL.
        case forward(hop: Int)
        /// Before the router looks at the TTL.
        case ingress(hop: Int)
        case host
    }

    public struct Rule: Sendable, Hashable {
        public var place: Place
        public var kinds: Set<Attempt.Kind>
        public var action: Action
        public var condition: Condition
        /// ICMP errors of a failed address resolution come late.
        public var delay: TimeSpan

        /// - Parameter kinds: what it matches; empty is everything.
        public init(
            _ place: Place, _ kinds: Set<Attempt.Kind> = [], _ action: Action, when condition: Condition = .always,
            delay: TimeSpan = .zero
        ) {
            self.condition = condition
            self.place = place
            self.kinds = kinds
            self.action = action
            self.delay = delay
        }
    }

    public enum Behaviour: Sendable, Hashable {
        case holds
        case closesAtOnce
        case resetsAtOnce
    }

    public var local: IPAddress
    public var routers: [IPAddress]
    public var host: IPAddress
    public var rules: [Rule] = []
    public var open: [Attempt.Kind: Behaviour] = [:]
    /// Routers, by TTL, that never say that a TTL ran out.
    public var muteRouters: Set<Int> = []
    /// Routers, by TTL, that have no ICMP error to spend until then.
    public var spentUntil: [Int: Instant] = [:]
    public var answersEcho = true
    /// The last two routers send the packets back and forth.
    public var loopsAfter: Int?
    public var hopDelay = TimeSpan.milliseconds(1)
    /// How long the host takes to accept a connection.
    public var hostDelay = TimeSpan.zero

    public init(local: IPAddress, routers: [IPAddress], host: IPAddress) {
        self.local = local
        self.routers = routers
        self.host = host
    }

    /// Three routers and a host, as most tests want them.
    public static func threeRouters(_ family: IPFamily = .v4) -> SimulatedPath {
        func address(_ v4: String, _ v6: String) -> IPAddress { IPAddress(family == .v4 ? v4 : v6)! }
        return SimulatedPath(
            local: address("198.51.100.2", "2001:db8:1::2"),
            routers: [
                address("198.51.100.1", "2001:db8:1::1"), address("192.0.2.2", "2001:db8:2::2"),
                address("192.0.2.6", "2001:db8:3::2"),
            ],
            host: address("203.0.113.10", "2001:db8:5::10"))
    }

    /// What comes of one packet.
    public struct Fate: Sendable, Hashable {
        public enum Answer: Sendable, Hashable {
            case none
            case connected(Behaviour)
            case reset(distance: Int)
            case icmp(ICMPError, from: IPAddress, distance: Int)
            case failed(errno: Int32)
        }
        /// It was seen to leave.
        public var left: Bool
        public var answer: Answer
        /// The answer passed the tap, and did not reach the socket.
        public var lostAtHome: Bool
        public var after: TimeSpan
    }

    public func fate(of packet: SimulatedPacket, at now: Instant = .zero) -> Fate {
        let kind = packet.kind
        var left = false
        func rule(_ place: Place) -> Rule? {
            rules.first {
                $0.place == place && $0.action != .dropAnswer && $0.concerns(packet, at: now)
            }
        }
        func fate(_ answer: Fate.Answer, hops: Int, delay: TimeSpan = .zero) -> Fate {
            let travel = hopDelay.nanoseconds * Int64(2 * hops) + delay.nanoseconds
            let back = rule(.localIngress)?.action == .drop
            return Fate(left: left, answer: answer, lostAtHome: back, after: TimeSpan(nanoseconds: travel))
        }
        func apply(_ rule: Rule, sender: IPAddress, distance: Int) -> Fate? {
            switch rule.action {
            case .drop: fate(.none, hops: distance)
            case .reject(let type, let code):
                fate(
                    .icmp(ICMPError(family: host.family, type: type, code: code), from: sender, distance: distance),
                    hops: distance, delay: rule.delay)
            case .reset: fate(.reset(distance: distance), hops: distance)
            case .dropAnswer: nil
            case .fail(let errno): fate(.failed(errno: errno), hops: 0)
            }
        }
        if let rule = rule(.localEgress), let end = apply(rule, sender: local, distance: 0) { return end }
        left = true
        var remaining = packet.timeToLive ?? 64
        for (offset, router) in routers.enumerated() {
            let hop = offset + 1
            if let rule = rule(.ingress(hop: hop)), let end = apply(rule, sender: router, distance: hop) {
                return end
            }
            remaining -= 1
            if remaining == 0 {
                guard !muteRouters.contains(hop), now >= spentUntil[hop] ?? .zero else {
                    return fate(.none, hops: hop)
                }
                return fate(exceeded(router, hop), hops: hop)
            }
            if let loopsAfter, hop == loopsAfter {
                let end = remaining % 2 == 0 ? hop : hop - 1
                return fate(exceeded(routers[max(0, end - 1)], hop), hops: hop)
            }
            if let rule = rule(.forward(hop: hop)), let end = apply(rule, sender: router, distance: hop) {
                return end
            }
        }
        let distance = routers.count + 1
        if let rule = rule(.host), let end = apply(rule, sender: host, distance: distance) { return end }
        if rules.contains(where: { $0.action == .dropAnswer && $0.concerns(packet, at: now) }) {
            return fate(.none, hops: distance)
        }
        if case .echo = kind { return fate(answersEcho ? .connected(.holds) : .none, hops: distance) }
        if let behaviour = open[kind] { return fate(.connected(behaviour), hops: distance, delay: hostDelay) }
        if case .tcp = kind { return fate(.reset(distance: distance), hops: distance) }
        let code: (UInt8, UInt8) = host.family == .v4 ? (3, 3) : (1, 4)
        return fate(
            .icmp(ICMPError(family: host.family, type: code.0, code: code.1), from: host, distance: distance),
            hops: distance)
    }

    private func exceeded(_ router: IPAddress, _ hop: Int) -> Fate.Answer {
        let type: UInt8 = host.family == .v4 ? 11 : 3
        return .icmp(ICMPError(family: host.family, type: type, code: 0), from: router, distance: hop)
    }
}

extension SimulatedPath.Rule {
    fileprivate func concerns(_ packet: SimulatedPacket, at now: Instant) -> Bool {
        (kinds.isEmpty || kinds.contains(packet.kind)) && condition.holds(for: packet, at: now)
    }
}
