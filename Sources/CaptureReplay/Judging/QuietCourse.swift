import Conversations
import Diagnosis
import PacketWire

/// A connection that was quiet for long, and whose next packet was lost or reset: somebody has forgotten it.
struct ForgottenConnection {
    /// How long nobody had anything to say.
    let quiet: TimeSpan
    /// The client asked first after it.
    let byInitiator: Bool
    /// The reset that answered; nil where nothing did.
    let resetFrame: UInt32?
    /// The last frame before the silence, and the first after it.
    let frames: [Int]

    /// Shorter pauses nobody's state is limited to, and a server may end a connection for many reasons.
    static let shortest = TimeSpan.seconds(5)
    /// A reset that comes later than this answers something else.
    static let promptness = TimeSpan.seconds(1)

    /// Nil where no silence came before the end, or it went on after it.
    init?(_ analysis: TCPAnalysis) {
        let pauses = analysis.stalls.longest.filter { $0.cause == .senderIdle && $0.length >= Self.shortest }
        if let gone = analysis.stalls.longest.first(where: { $0.cause == .peerGone && $0.neverResumed }) {
            // The wait begins with the packet that ends the pause; keep-alives are no progress, and the wait is the pause.
            guard let pause = pauses.first(where: { $0.begin + $0.length == gone.begin }) else { return nil }
            self.init(pause, byInitiator: gone.initiatorWaited, reset: nil)
            return
        }
        guard let close = analysis.close, close.manner == .reset,
            let pause = pauses.first(where: { pause in
                let asked = pause.begin + pause.length
                return asked <= close.at && close.at - asked <= Self.promptness && close.frame > pause.firstFrameAfter
            }),
            // Who asks is the one that had nothing to say before, and the other one resets.
            pause.initiatorWaited == close.byInitiator
        else { return nil }
        self.init(pause, byInitiator: !close.byInitiator, reset: close.frame)
    }

    private init(_ pause: Stall, byInitiator: Bool, reset: UInt32?) {
        quiet = pause.length
        self.byInitiator = byInitiator
        resetFrame = reset
        frames = [Int(pause.lastFrameBefore), Int(pause.firstFrameAfter)].filter { $0 > 0 }
    }
}

extension TargetDiagnosis {
    /// - Parameter isResetNearer: it has passed fewer routers than the other packets of whom it names.
    func with(_ forgotten: ForgottenConnection, isResetNearer: Bool = false) -> TargetDiagnosis {
        var diagnosis = self
        let who = forgotten.byInitiator ? "the client" : "the server"
        let time = forgotten.quiet.words
        diagnosis.evidence.append(
            Evidence(.wire, "quiet for \(time), then \(who) sent something", frames: forgotten.frames))
        diagnosis.verdict = .interfered
        diagnosis.stage = .idle
        diagnosis.mechanism = .idleTimeout
        diagnosis.confidence = .likely
        diagnosis.actor = nil
        if let frame = forgotten.resetFrame {
            // Whoever resets stands where what was sent went.
            diagnosis.zones =
                !forgotten.byInitiator
                ? [.returnPath, .localIngress] : isResetNearer ? [.path] : [.path, .destination]
            let somebody =
                isResetNearer && forgotten.byInitiator ? "a box on the way, nearer than the server," : "somebody"
            diagnosis.summary =
                "The connection was opened and quiet for \(time); what \(who) then sent was answered by a reset (frame \(frame)): \(somebody) had forgotten it."
        } else {
            // Nothing came from the client, and what the server sent was seen.
            diagnosis.zones =
                forgotten.byInitiator
                ? [.path, .returnPath, .destination] : [.returnPath, .path, .localIngress, .localEgress]
            diagnosis.summary =
                "The connection was opened and quiet for \(time); nothing came back any more for what \(who) then sent."
        }
        diagnosis.advice = [
            "Let the application, or the kernel (TCP_KEEPIDLE), say something more often than every \(time).",
            "stallpoint probe --idle finds the longest silence that is still there.",
        ]
        diagnosis.lookAlikes = [
            LookAlike(
                cause: isResetNearer && forgotten.byInitiator
                    ? "the box ended it for a reason of its own"
                    : "the other host went away, or ended it for a reason of its own",
                whyNotExcluded: "one connection alone does not tell a silence that is too long from an end by chance",
                experiment: "do others end after the same silence?")
        ]
        return diagnosis
    }
}
