import Conversations
import PacketWire

extension ResolutionFact.Outcome {
    /// The same words as for a name that is to be connected to, but for records that are no addresses.
    func phrase(_ type: DNSType) -> String {
        self == .noAddress && type != .a && type != .aaaa ? "no record of type \(type) (NODATA)" : phrase
    }
}

extension NameServerFacts.Ask {
    /// Behind `over TCP it`.
    var phrase: String {
        switch result {
        case .silent: hasConnected ? "takes the connection and says nothing" : "is silent"
        case .answered(let outcome): "answers: \(outcome.phrase)"
        case .foreign(let mismatch): "says something that is no answer: \(mismatch)"
        case .refused(let error): "is refused\(error.map { " (\($0.name))" } ?? "")"
        case .closed(let isReset): "\(isReset ? "resets" : "closes") the connection without an answer"
        }
    }

    private var way: String {
        guard transport == .udp else { return "over TCP" }
        return room.map { "over UDP with room for \($0) bytes (EDNS)" } ?? "over UDP"
    }

    func evidence(for question: DNSQuestion) -> Evidence {
        let text: String
        switch result {
        case .answered(let outcome):
            text = isCut ? "cut, it does not fit (TC)" : outcome.phrase(question.type)
        case .silent: text = hasConnected ? "the connection stands, and no answer comes" : "silent"
        case .foreign(let mismatch): text = "no answer to it: \(mismatch)"
        case .refused(let error): text = error.map(\.description) ?? "not possible from here"
        case .closed(let isReset): text = isReset ? "reset without an answer" : "closed without an answer"
        }
        var details: [String] = []
        if let elapsed { details.append("\(elapsed.rounded) ms") }
        if let size { details.append("\(size) bytes") }
        if tries > 1 { details.append("asked twice") }
        if wasSeenAnswered, !isAnswered, transport == .udp, result == .silent {
            details.append("the beginning of something comes back")
        }
        return Evidence(
            .socket,
            "\(question.name) \(question.type) \(way): \(text)"
                + (contradiction.map { ", then \($0.phrase(question.type))" } ?? ""),
            detail: details.joined(separator: "; "))
    }
}
