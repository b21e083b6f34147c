import Conversations
import PacketWire

/// Whose reset it is that answered a request, as far as the packets beside it tell.
package struct ResetOrigin: Hashable {
    /// Routers that the SYN-ACK (where the opening is not known: what else the far end sent) and the reset had passed; nil
    /// where the wire shows neither, or not both.
    private(set) var answerDistance: Int?
    private(set) var resetDistance: Int?
    /// The far end answered as well, from where its SYN-ACK came: two cannot both be right.
    private(set) var isBesideAnswer = false
    /// Whether its IP identification is one of the far end's own.
    private(set) var numbering = ResetNumbering.unknown
    /// 0 where the wire did not show it.
    private(set) var frame = 0
    private var isOpeningSeen = true
    /// As `Facts.holderDistance` has it.
    var holderDistance: Int?

    /// - Parameters:
    ///   - close: how the connection ended, where that was followed.
    ///   - holderDistance: how far the host's own answers come, where it may hand the port on.
    init(_ packets: [SeenPacket], _ close: TCPClose? = nil, holderDistance: Int? = nil) {
        self.holderDistance = holderDistance
        let answers = packets.filter { !$0.fromInitiator && $0.tcp != nil }
        let opening = answers.first { $0.has(.syn) }
        isOpeningSeen = opening != nil
        answerDistance = (opening ?? answers.first { !$0.has(.rst) })?.timeToLive.routersPassed
        let number = close?.resetFrame.map { Int($0) }
        guard let reset = answers.first(where: { $0.has(.rst) && number ?? $0.frame == $0.frame }) else { return }
        resetDistance = reset.timeToLive.routersPassed
        frame = reset.frame
        numbering = ResetNumbering(of: reset, among: answers)
        isBesideAnswer =
            close?.isContradicted == true
            || answers.contains { answer in
                answer.speaks(behind: reset) && answer.timeToLive.routersPassed == answerDistance
            }
    }

    /// The same, where the end is known to be at that frame.
    func at(_ frame: Int) -> ResetOrigin {
        var origin = self
        origin.frame = frame
        return origin
    }

    /// It passed no router where the answers of the host pass some.
    var isOwn: Bool { resetDistance == 0 && answerDistance ?? 0 > 0 }

    /// Somebody on the way sent it.
    var isNearer: Bool {
        if case .nearer = place { ofHolder == nil } else { false }
    }

    /// Where it may be whoever hands the port on who sent it.
    private var ofHolder: ResetDistance? {
        guard let answerDistance, let resetDistance else { return nil }
        let distance = ResetDistance(reset: resetDistance, answer: answerDistance, holder: holderDistance)
        return distance.mayBeHolders ? distance : nil
    }

    private var reference: String { isOpeningSeen ? "the SYN-ACK" : "its other packets" }

    private enum Place {
        case nearer(hop: Int)
        case farther
        case same
        case unknown
    }

    private var place: Place {
        guard let answerDistance, let resetDistance else { return .unknown }
        if resetDistance < answerDistance { return .nearer(hop: resetDistance + 1) }
        return resetDistance == answerDistance ? .same : .farther
    }

    /// - Parameter what: `the ClientHello for example.com`
    func problem(
        _ what: String, of target: Target, stage: Stage, advice: [String]
    ) -> ApplicationFinding.Problem {
        var problem = ApplicationFinding.Problem(
            verdict: .interfered, stage: stage, mechanism: .tcpReset, zones: [.destination, .path], confidence: .likely,
            summary: "The connection was opened, and \(what) was answered by a reset",
            advice: advice,
            lookAlikes: [
                LookAlike(
                    cause: "a box on the way that reads \(what) resets it in the server's name",
                    whyNotExcluded: "a reset says nothing of who sent it, and such boxes copy the distance",
                    experiment: "capture on the server: did it send the reset?", isOnTheWay: true)
            ])
        switch place {
        case .nearer where ofHolder != nil:
            problem.zones = [.destination, .path]
            problem.summary += ofHolder?.phraseOfHolder(beside: reference) ?? ""
            problem.advice.append(ResetDistance.advice(of: target))
        case .nearer(let hop):
            problem.zones = [.path]
            problem.confidence = .strong
            problem.summary += ", from about hop \(hop), nearer than \(reference)"
            problem.lookAlikes = []
            problem.advice = [
                "Ask whoever runs what stands about hop \(hop) (a firewall, an intrusion prevention, a filter of contents) for the"
                    + " rule that resets \(what) to \(target.place): the server did not send it."
            ]
        case .farther:
            problem.zones = [.path, .destination]
            problem.summary += ", from another distance than \(reference)"
        case .same:
            problem.summary += ", from as far away as \(reference)"
            switch numbering {
            case .unknown: break
            case .continues:
                problem.zones = [.destination]
                problem.summary += ", and with the next IP identification of the server's own count"
            case .foreign(let number, let last):
                // Machines behind one address count each for itself, and a firewall that is the host's own need not count as
                // its TCP does: no more than likely.
                problem.zones = [.path, .destination]
                problem.summary +=
                    ", but its IP identification (\(number)) is none of the server's count (at \(last)): another sender made it"
                problem.lookAlikes = [
                    LookAlike(
                        cause: "another machine behind the server's address, or its own firewall, sent the reset",
                        whyNotExcluded: "each counts its packets for itself",
                        experiment: "capture on the server: did it send the reset?")
                ]
            }
        case .unknown: break
        }
        problem.summary += frame > 0 ? " (frame \(frame))." : "."
        if isBesideAnswer {
            problem.zones = [.path]
            problem.confidence = .strong
            problem.summary += " The server's own answer came behind it: the reset was put in on the way."
            problem.lookAlikes = []
            problem.advice = [
                "Ask whoever runs the way to \(target.place) for a box that listens in and resets \(what) (intrusion prevention,"
                    + " a filter of contents): the server answers it."
            ]
        }
        return problem
    }
}

extension SeenPacket {
    /// It comes later than that reset of the same end, and holds what a host that resets at that number has not said: it
    /// says nothing more, and its reset stands behind all that it had said.
    fileprivate func speaks(behind reset: SeenPacket) -> Bool {
        guard payloadLength > 0, at > reset.at, let own = tcp, let number = reset.tcp?.sequenceNumber else {
            return false
        }
        let ahead = own.sequenceNumber &+ UInt32(clamping: payloadLength) &- number
        return ahead > 0 && ahead < 1 << 31
    }

    fileprivate func has(_ flag: TCPFlags) -> Bool { tcp?.flags.contains(flag) ?? false }
}
