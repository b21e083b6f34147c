import Diagnosis
import PacketWire

extension Verdict {
    var ink: Piece.Ink {
        switch self {
        case .open: .good
        case .degraded, .undetermined: .warning
        case .closed, .blocked, .unreachable, .interfered, .failed: .bad
        }
    }
}

extension Mechanism {
    /// In the words of the trade.
    var phrase: String {
        switch self {
        case .silentDrop: "silent drop"
        case .icmpReject: "ICMP reject"
        case .tcpReset: "TCP reset"
        case .noListener: "nothing listens"
        case .noRoute: "no route"
        case .noNeighbor: "neighbour does not answer"
        case .routingLoop: "routing loop"
        case .listenOverflow: "listen queue overflows"
        case .rateLimit: "rate limit"
        case .loss: "loss"
        case .answeredByMiddlebox: "answered by a middlebox"
        case .mtuBlackHole: "path-MTU black hole"
        case .closedByPeer: "closed by the far end"
        case .noReply: "no reply"
        case .protocolMismatch: "protocol mismatch"
        case .tlsAlert: "TLS alert"
        case .tlsIntercepted: "TLS intercepted"
        case .nameNotFound: "name not found"
        case .resolverSilent: "resolver silent"
        case .resolverRefused: "resolver refuses"
        case .idleTimeout: "idle timeout"
        case .alteredInTransit: "altered in transit"
        case .permission: "permission"
        }
    }
}

extension Mechanism {
    /// The sender of the refusal does it; otherwise it only tells of it.
    fileprivate var isAnAct: Bool {
        switch self {
        case .noRoute, .noNeighbor, .routingLoop, .noListener, .loss, .mtuBlackHole, .nameNotFound:
            false
        default: true
        }
    }
}

extension Hop {
    /// `hop 3 (192.0.2.10)`.
    var phrase: String { address.map { "hop \(ttl) (\($0))" } ?? "hop \(ttl)" }
}

extension Target {
    /// `203.0.113.10:5432/tcp`, and the name it was asked for under where there is one:
    /// `db.lab:5432/tcp (203.0.113.10)`.
    var headline: String {
        if let endpoint, IPAddress(host) != nil { return "\(endpoint)/\(transport.rawValue)" }
        let name = host.isEmpty ? input : "\(host):\(service)"
        return address.map { "\(name) (\($0))" } ?? name
    }

    /// Without the address, where the name alone tells targets apart.
    var name: String {
        IPAddress(host) == nil && !host.isEmpty ? "\(host):\(service)" : headline
    }

    /// `5432/tcp`.
    var service: String { "\(port)/\(transport.rawValue)" }
}

extension TargetDiagnosis {
    /// How and where, in one line: `silent drop, after hop 3 (192.0.2.10) or on the way back`.
    var howAndWhere: String {
        if verdict == .open { return timing.handshake.map { "in \($0.shortText) ms" } ?? "" }
        var how = mechanism?.phrase ?? ""
        let isByHost = actor != nil && actor == target.address
        // Who closes is the far end.
        if let actor, let mechanism, !(isByHost && mechanism == .closedByPeer) {
            let name = isByHost ? "the host" : "\(actor)"
            how += mechanism.isAnAct ? " by \(name)" : ", says \(name)"
        }
        guard let place, !(isByHost && zones == [.destination]) else { return how }
        return how.isEmpty ? place : "\(how), \(place)"
    }

    /// The zones in words, most likely first; nil where there is none to name.
    var place: String? {
        var phrases: [String] = []
        for zone in zones {
            let phrase: String
            switch zone {
            case .path: phrase = stretch ?? "on the way there"
            // "After the last hop that answers" takes in the host behind it.
            case .destination:
                phrase =
                    zones.contains(.path) && beforeHop == nil ? stretch ?? "at the host" : "at the host"
            case .localEgress: phrase = "on this machine (outgoing)"
            case .localIngress: phrase = "on this machine (incoming)"
            case .returnPath: phrase = "on the way back"
            case .resolver: phrase = "at the resolver"
            }
            if !phrases.contains(phrase) { phrases.append(phrase) }
        }
        guard let last = phrases.popLast() else { return nil }
        return phrases.isEmpty ? last : phrases.joined(separator: ", ") + " or " + last
    }

    /// The same in a few words, for a table: `silent drop, past hop 3/way back`.
    var briefly: String {
        if verdict == .open { return howAndWhere }
        let how = mechanism?.phrase ?? ""
        if verdict == .closed, zones == [.destination] { return how }
        if let actor, actor != target.address, mechanism?.isAnAct == true {
            return "\(how), \(actor)"
        }
        var places: [String] = []
        for zone in zones {
            let place =
                switch zone {
                case .path:
                    afterHop.map { "past hop \($0.ttl)" } ?? beforeHop.map { "before hop \($0.ttl)" }
                        ?? "way there"
                case .destination:
                    zones.contains(.path) && beforeHop == nil
                        ? afterHop.map { "past hop \($0.ttl)" } ?? "host" : "host"
                case .localEgress: "local out"
                case .localIngress: "local in"
                case .returnPath: "way back"
                case .resolver: "resolver"
                }
            if !places.contains(place) { places.append(place) }
        }
        return [how, places.joined(separator: "/")].filter { !$0.isEmpty }.joined(separator: ", ")
    }

    private var stretch: String? {
        switch (afterHop, beforeHop) {
        case (let after?, let before?): "between \(after.phrase) and \(before.phrase)"
        case (let after?, nil): "after \(after.phrase)"
        case (nil, let before?): "before \(before.phrase)"
        case (nil, nil): nil
        }
    }
}
