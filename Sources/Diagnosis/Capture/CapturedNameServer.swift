import Conversations
import PacketWire

/// What a saved probe's capture shows of the DNS server that it asked: the first question over UDP, and TCP beside it.
/// Records are not kept, so that it is told what is wrong, and not what the server says.
struct CapturedNameServer {
    private let server: NameServerFacts

    /// Nil where the target was none to be asked, or nothing of it is known.
    init?(_ table: ConversationTable, of position: Int, _ siblings: [Int], _ target: Target) {
        guard target.input.hasPrefix("dns://"), target.transport == .udp,
            case .dns(let exchange)? = table.application(at: position), let question = exchange.firstQuestion?.value,
            let result = NameServerFacts.Ask.Result(exchange)
        else { return nil }
        var plain = NameServerFacts.Ask(.udp)
        plain.result = result
        plain.isCut = exchange.firstAnswer?.isTruncated ?? false
        plain.wasSeenLeaving = true
        plain.wasSeenAnswered = true
        let stream = siblings.first { table.subject(at: $0).flow?.isTCP(to: target) ?? false }
        server = NameServerFacts(question, asks: [plain] + (stream.map { [NameServerFacts.Ask(table, $0)] } ?? []))
    }

    func problem(_ facts: Facts) -> ApplicationFinding.Problem? { NameServerFinding(server, facts).problem }
}

extension Flow {
    fileprivate func isTCP(to target: Target) -> Bool {
        transport == .tcp && destination.port == target.port && destination.address == target.address
    }
}

extension NameServerFacts.Ask.Result {
    /// Nil where no answer came, or it leads elsewhere.
    fileprivate init?(_ exchange: DNSExchange) {
        guard let answer = exchange.firstAnswer else {
            guard let misfit = exchange.misfit else { return nil }
            self = .foreign(misfit)
            return
        }
        switch answer.code {
        case .noError where answer.records > 0 || answer.isTruncated: self = .answered(.records([]))
        case .noError where answer.hasAuthority: return nil
        case .noError: self = .answered(.noAddress)
        case .nonExistentDomain: self = .answered(.noSuchName)
        case let code: self = .answered(.refused(code: "\(code)"))
        }
    }
}

extension NameServerFacts.Ask {
    /// Over the connection at that place.
    fileprivate init(_ table: ConversationTable, _ position: Int) {
        self.init(.tcp)
        let conversation = table.conversation(at: position)
        let handshake = TCPHandshake(conversation.packets)
        hasConnected = handshake.isEstablished
        wasSeenLeaving = !handshake.syns.isEmpty
        wasSeenAnswered = conversation.packets.contains { !$0.fromInitiator }
        if case .dns(let exchange)? = table.application(at: position), let said = Result(exchange) {
            result = said
        } else if hasConnected {
            let close = conversation.analysis?.close
            if let close, !close.byInitiator { result = .closed(isReset: close.manner == .reset) }
        } else if !handshake.refusals.isEmpty {
            result = .refused(SocketError(linux: 111))
        } else if conversation.packets.contains(where: { $0.icmpError?.isFatalToAttempt ?? false }) {
            result = .refused(SocketError(linux: 113))
        }
    }
}
