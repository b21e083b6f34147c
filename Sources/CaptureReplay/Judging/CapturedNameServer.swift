import Conversations
import Diagnosis
import PacketWire

/// What a saved probe's capture shows of the DNS server that it asked: the first question, and the same one in every way
/// that the probe asks it afterwards. Records are not kept, so that it is told what is wrong, and not what the server says.
struct CapturedNameServer {
    private let server: NameServerFacts

    /// Nil where the target was none to be asked, or nothing of it is known.
    ///
    /// - Parameters:
    ///   - siblings: conversations of the same two hosts, this one included.
    ///   - isWhole: the probe wrote the capture to its end: what is not in it did not leave.
    init?(_ table: ConversationTable, of position: Int, _ siblings: [Int], _ target: Target, isWhole: Bool) {
        guard target.input.hasPrefix("dns://"), target.transport == .udp,
            case .dns(let exchange)? = table.application(at: position), let question = exchange.firstQuestion?.value
        else { return nil }
        var asks: [NameServerFacts.Ask] = []
        var wordless: NameServerFacts.Ask?
        for sibling in siblings where sibling != position && table.subject(at: sibling).flow?.leads(to: target) ?? false
        {
            guard !table.outline(at: sibling).isShortLived else { continue }
            let ask = NameServerFacts.Ask(table, sibling)
            if case .dns(let other)? = table.application(at: sibling), let asked = other.firstQuestion?.value {
                if asked == question { asks.append(ask) }
            } else if ask.transport == .tcp, !ask.hasConnected {
                wordless = wordless ?? ask
            }
        }
        if !asks.contains(where: { $0.transport == .tcp }), let wordless { asks.append(wordless) }
        let first = NameServerFacts.Ask(table, position)
        let hasGoneOn = asks.contains { $0.transport == .udp }
        if !hasGoneOn, first.result != .silent { asks.insert(first, at: 0) }
        server = NameServerFacts(question, asks: asks + (isWhole && hasGoneOn ? Self.withheld(asks) : []))
    }

    /// What the probe asks as well, and what never left this machine: the question over TCP, and the ones with EDNS, where
    /// the plain one that goes beside the second of them came.
    private static func withheld(_ asks: [NameServerFacts.Ask]) -> [NameServerFacts.Ask] {
        var missing: [NameServerFacts.Ask] = []
        let datagrams = asks.filter { $0.transport == .udp }
        if asks.count == datagrams.count { missing.append(NameServerFacts.Ask(.tcp)) }
        let isNarrowed = datagrams.count { $0.room == nil } > 1
        if isNarrowed, datagrams.allSatisfy({ $0.room == nil }) {
            missing += [NameServerFacts.usualRoom, NameServerFacts.plainRoom].map {
                NameServerFacts.Ask(.udp, room: $0)
            }
        }
        return missing.map { ask in
            var ask = ask
            ask.wasSeenLeaving = false
            return ask
        }
    }

    /// The verdict with what the questions came to.
    func told(_ diagnosis: TargetDiagnosis, _ facts: Facts) -> TargetDiagnosis {
        diagnosis.judged(by: server, facts)
    }
}

extension Flow {
    fileprivate func leads(to target: Target) -> Bool {
        destination.port == target.port && destination.address == target.address
    }
}

extension ResolutionFact.Outcome {
    /// What an answer says, but for its records.
    fileprivate init(_ answer: DNSExchange.FirstAnswer) {
        switch answer.code {
        case .noError where answer.records > 0 || answer.isTruncated: self = .records([])
        case .noError where answer.hasAuthority: self = .leadsOn("other servers")
        case .noError: self = .noAddress
        case .nonExistentDomain: self = .noSuchName
        case let code: self = .refused(code: "\(code)")
        }
    }
}

extension NameServerFacts.Ask {
    /// In the conversation at that place.
    fileprivate init(_ table: ConversationTable, _ position: Int) {
        let conversation = table.conversation(at: position)
        let isTCP = conversation.subject.flow?.transport == .tcp
        self.init(isTCP ? .tcp : .udp)
        let handshake = TCPHandshake(conversation.packets)
        hasConnected = isTCP && handshake.isEstablished
        let back = conversation.packets.filter { !$0.fromInitiator && $0.icmpError == nil }
        wasSeenLeaving = conversation.sent.packets > 0
        wasSeenAnswered = !back.isEmpty
        longestSeen = back.map(\.payloadLength).max() ?? 0
        routersPassed = back.first?.timeToLive.routersPassed
        if case .dns(let exchange)? = table.application(at: position) { note(exchange) }
        if result == .silent, hasConnected, let close = conversation.analysis?.close, !close.byInitiator {
            result = .closed(isReset: close.manner == .reset)
        }
        guard result == .silent, !hasConnected else { return }
        let refusal = conversation.packets.lazy.compactMap(\.icmpError).first(where: \.isFatalToAttempt)
        if !handshake.refusals.isEmpty || refusal?.meaning == .portUnreachable {
            result = .refused(SocketError(linux: 111))
        } else if refusal != nil {
            result = .refused(SocketError(linux: 113))
        }
    }

    private mutating func note(_ exchange: DNSExchange) {
        if transport == .udp { room = exchange.firstRoom }
        tries = 1 + exchange.repetitions + (exchange.wasAskedBehindAnswer ? 1 : 0)
        guard let answer = exchange.firstAnswer else {
            if let misfit = exchange.misfit { result = .foreign(misfit) }
            return
        }
        // Who asks again has not got what passed the tap, and of a datagram that lacks a fragment nobody gets anything.
        if exchange.wasAskedBehindAnswer || transport == .udp && !answer.isWhole { return }
        result = .answered(ResolutionFact.Outcome(answer))
        isCut = answer.isTruncated
        size = answer.size
        contradiction = exchange.secondAnswer.map(ResolutionFact.Outcome.init)
    }
}
