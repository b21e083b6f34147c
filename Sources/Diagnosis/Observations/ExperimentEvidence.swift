import Conversations
import PacketWire

extension Observations {
    /// What the experiments brought, a line each, in the order in which they were begun.
    var experimentEvidence: [Evidence] {
        var order: [String] = []
        var groups: [String: [Attempt]] = [:]
        for attempt in facts.attempts {
            guard case .experiment(let experiment) = attempt.purpose else { continue }
            // What those say is told with the dialogue.
            if case .hello = experiment { continue }
            let name = experiment.groupName
            if groups[name] == nil { order.append(name) }
            groups[name, default: []].append(attempt)
        }
        return order.map { name in evidence(name, groups[name] ?? []) }
    }

    private func evidence(_ name: String, _ attempts: [Attempt]) -> Evidence {
        let passing = attempts.filter(\.isPassing)
        var outcome =
            attempts.count == 1
            ? attempts[0].answer.phrase
            : passing.isEmpty
                ? "none of \(attempts.count) answered"
                : passing.count == attempts.count
                    ? "all \(attempts.count) answered" : "\(passing.count) of \(attempts.count) answered"
        let late = attempts.count(where: \.wasGivenUpTooSoon)
        if late > 0 { outcome += "; \(late) were given up before their answers came" }
        var detail = ""
        if passing.count < attempts.count, !passing.isEmpty {
            detail = passing.compactMap(\.variation).joined(separator: ", ")
        }
        return Evidence(
            facts.isOffline ? .wire : .socket, "\(name): \(outcome)", detail: detail,
            frames: attempts.flatMap { $0.answer.frames }.sorted())
    }
}

extension Experiment {
    /// What all attempts of one experiment have in common.
    fileprivate var groupName: String {
        switch self {
        case .sourcePort(let round): round > 1 ? "the same source ports again" : "other source ports"
        case .paced: "slow tries, one a second"
        case .burstAgain: "a burst once more"
        case .privilegedPort: "source ports below 1024"
        case .otherSource: "another source address"
        case .variant: "SYNs of our own making"
        case .rerun: "once more"
        case .controlRerun: "the control again"
        case .unusedPort: "a port that nobody uses"
        case .held(.one): "connections held together"
        case .held(.whileHeld): "one more, while those are held"
        case .held(.afterRelease): "one more, after those were let go"
        case .hello: "other hellos"
        }
    }
}

extension Attempt {
    /// The tap saw a good answer come for it when nobody waited for one any more.
    var wasGivenUpTooSoon: Bool {
        guard answer == .silence, let end = givenUpAt, let synAck = handshake.synAcks.first else {
            return false
        }
        return synAck.at > end
    }

    /// What is particular about it among its experiment's.
    fileprivate var variation: String? {
        guard case .experiment(let experiment) = purpose else { return nil }
        switch experiment {
        case .variant(let variant): return variant.rawValue
        case .otherSource: return local?.address.description
        case .sourcePort, .burstAgain, .privilegedPort: return local.map { "port \($0.port)" }
        case .paced, .rerun, .controlRerun, .unusedPort, .held, .hello: return nil
        }
    }
}
