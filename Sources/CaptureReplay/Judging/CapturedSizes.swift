import Conversations
import Diagnosis
import PacketWire

/// What a saved probe's packets of chosen sizes tell about the largest packet of the path: the facts that the probe
/// itself had, read back from its capture.
///
/// No file holds what a socket was told: that somebody calls a packet too big counts as heard, unless the sender went on
/// with the same size all the same.
struct CapturedSizes {
    private let table: ConversationTable
    private let position: Int
    private let target: Endpoint
    private var trials: [PathSizeFacts.Trial] = []
    /// Somebody sent the same size again after it had been called too big.
    private var wentOn = false
    /// What a frame has before its IP packet.
    private var linkHeader: Int?

    init?(_ table: ConversationTable, of position: Int) {
        guard let flow = table.subject(at: position).flow else { return nil }
        (self.table, self.position, target) = (table, position, flow.destination)
    }

    private var family: IPFamily { target.address.family }
    private func headers(_ transport: Int) -> Int { (family == .v4 ? 20 : 40) + transport }

    /// Nil where nothing of the kind was tried.
    ///
    /// - Parameter siblings: conversations of the same two hosts, this one included.
    mutating func facts(_ siblings: [Int]) -> PathSizeFacts? {
        let primary = table.conversation(at: position)
        let dialogues = siblings.filter { isDialogue($0) }
        let stalled = dialogue(primary).flatMap { $0.isLost ? $0 : nil }
        if let stalled, !dialogues.isEmpty {
            trials = dialogues.compactMap { dialogue(table.conversation(at: $0)) }
            if !trials.contains(where: { $0.size == stalled.size }) { trials.append(stalled) }
        }
        let hasDialogue = !trials.isEmpty
        for sibling in siblings { addDatagram(sibling) }
        if linkHeader != nil { addEchoes(siblings) }
        guard trials.count > 1 else { return nil }
        tellHeardReports()
        // QUIC is measured unasked where it is silent.
        let isSilentQUIC =
            table.subject(at: position).flow?.transport == .udp && target.port == 443
            && !primary.packets.contains { !$0.fromInitiator && $0.payloadLength > 0 }
        var facts = PathSizeFacts(
            hasDialogue ? .stall : isSilentQUIC ? .silentQUIC : .asked, linkMTU: trials.map(\.size).max() ?? 0)
        facts.trials = trials
        facts.agreedSegment = agreedPacket(primary)
        if hasDialogue { facts.stalledAt = table.application(at: position)?.stage ?? .application }
        return facts
    }

    /// The packet of a full segment, as both ends announced it; nil where that is not known, or it is no TCP.
    private func agreedPacket(_ conversation: Conversation) -> Int? {
        guard let analysis = conversation.analysis, let mine = analysis.initiator.maximumSegmentSize,
            let theirs = analysis.responder.maximumSegmentSize
        else { return nil }
        return Int(min(mine, theirs)) + headers(20)
    }

    // MARK: The dialogue once more

    /// The same was said to the same server, on a connection that announces smaller segments.
    private func isDialogue(_ sibling: Int) -> Bool {
        guard sibling != position, let flow = table.subject(at: sibling).flow, flow.transport == .tcp,
            flow.destination == target, let own = table.analysis(at: position)?.initiator.maximumSegmentSize,
            let other = table.analysis(at: sibling)?.initiator.maximumSegmentSize
        else { return false }
        return other < own && table.application(at: sibling)?.name == table.application(at: position)?.name
    }

    private func dialogue(_ conversation: Conversation) -> PathSizeFacts.Trial? {
        guard let analysis = conversation.analysis, let segment = analysis.initiator.maximumSegmentSize,
            let isTaken = analysis.isTaken(fromInitiator: true)
        else { return nil }
        var trial = PathSizeFacts.Trial(.segments, size: Int(segment) + headers(20))
        trial.wasSeenLeaving = true
        trial.longestSeenComing = Int(analysis.responder.largestSegment)
        trial.report = conversation.packets.lazy.compactMap(PathSizeFacts.Report.init).first
        trial.outcome = !isTaken ? .unacknowledged : analysis.hasHeardAnswer ? .passed : .unanswered
        return trial
    }

    // MARK: Single packets

    /// A datagram to the port that a probe uses because nobody does.
    private mutating func addDatagram(_ sibling: Int) {
        guard CaptureFacts.isSized(table, sibling, besides: target) else { return }
        let conversation = table.conversation(at: sibling)
        guard let first = conversation.packets.first(where: \.fromInitiator), case .udp(let length) = first.kind else {
            return
        }
        let size = length + headers(8)
        linkHeader = linkHeader ?? conversation.bytesEach.map { $0 - size }.flatMap { $0 >= 0 ? $0 : nil }
        add(conversation, .datagram, size, first, isAnswer: { $0.icmpError != nil || $0.payloadLength > 0 })
    }

    private mutating func addEchoes(_ siblings: [Int]) {
        let others = trials.count
        for sibling in siblings { addEcho(sibling) }
        // One size is a control, and measures nothing.
        if Set(trials[others...].map(\.size)).count < 2 { trials.removeSubrange(others...) }
    }

    private mutating func addEcho(_ sibling: Int) {
        guard case .echo = table.subject(at: sibling), let linkHeader else { return }
        let conversation = table.conversation(at: sibling)
        guard let first = conversation.packets.first(where: { $0.kind == .echoRequest }),
            let size = conversation.bytesEach.map({ $0 - linkHeader }), size > 0
        else { return }
        add(conversation, .echo, size, first, isAnswer: { $0.kind == .echoReply })
    }

    private mutating func add(
        _ conversation: Conversation, _ means: PathSizeFacts.Trial.Means, _ size: Int, _ first: SeenPacket,
        isAnswer: (SeenPacket) -> Bool
    ) {
        let isRung = first.timeToLive <= SharedFlow.longestRung
        var trial = PathSizeFacts.Trial(means, size: size, timeToLive: isRung ? Int(first.timeToLive) : nil)
        trial.tries = conversation.sent.packets
        trial.wasSeenLeaving = true
        for packet in conversation.packets where !packet.fromInitiator {
            switch packet.icmpError?.meaning {
            case .packetTooBig:
                trial.report = PathSizeFacts.Report(packet)
                wentOn = wentOn || conversation.packets.contains { $0.fromInitiator && $0.at > packet.at }
            case .timeToLiveExceeded: trial.outcome = .expired(by: packet.source)
            default:
                // Whatever the host says of it, it has arrived there.
                guard isAnswer(packet) else { continue }
                trial.outcome = packet.source == conversation.responder ? .passed : .other
            }
        }
        trials.append(trial)
    }

    private mutating func tellHeardReports() {
        guard !wentOn else { return }
        for index in trials.indices where trials[index].means != .segments && trials[index].outcome == .silence {
            guard let report = trials[index].report else { continue }
            trials[index].outcome = .tooBig(mtu: report.mtu, by: report.sender)
        }
    }
}

extension CaptureFacts {
    /// One of a saved probe's packets of a chosen size, and no attempt of its own.
    static func isSized(_ table: ConversationTable, _ position: Int, besides target: Endpoint) -> Bool {
        guard let flow = table.subject(at: position).flow, flow.transport == .udp else { return false }
        // A probe of that very port asks the next one.
        let nobody = target.port == Experiment.portOfNobody ? Experiment.portOfNobody + 1 : Experiment.portOfNobody
        return flow.destination.port == nobody
    }
}

extension PathSizeFacts.Report {
    fileprivate init?(_ packet: SeenPacket) {
        guard case .icmpError(let error, let mtu, _) = packet.kind, error.meaning == .packetTooBig else { return nil }
        self.init(mtu: Int(clamping: mtu ?? 0), sender: packet.source, frame: packet.frame)
    }
}

extension Conversation {
    /// Of what the initiator sent; nil where that is not the same for all.
    fileprivate var bytesEach: Int? {
        sent.packets > 0 && sent.bytes % sent.packets == 0 ? sent.bytes / sent.packets : nil
    }
}
