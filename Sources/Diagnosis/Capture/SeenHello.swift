import Conversations
import PacketWire

/// A ClientHello of a capture, with what tells it from others and what came of it.
struct SeenHello {
    /// In which pieces it left, beyond what segments are long.
    enum Cut: Hashable {
        case whole
        case inTwo
        case inTwoWithPause
        case small
    }

    let fact: TLSFact
    let frames: [Int]
    private let outline: HelloOutline
    private let cut: Cut
    /// The initiator's own: a smaller one heals what a hello's length does not.
    private let segmentSize: UInt16?

    /// Nil where there is none, or it is not over.
    init?(_ exchange: TLSExchange, _ conversation: Conversation, _ facts: Facts, patience: TimeSpan) {
        guard let hello = exchange.clientHello,
            let fact = TLSFact(exchange, Aftermath(conversation, facts), patience: patience)
        else { return nil }
        self.fact = fact
        outline = hello.value
        cut = Cut(exchange.pieces)
        segmentSize = conversation.analysis?.initiator.maximumSegmentSize
        frames = [hello.frame] + [exchange.serverHello?.frame ?? exchange.alert?.frame].compactMap { $0 }
    }

    /// In what it differs from one that failed; nil where that is more than one thing, so that it proves nothing.
    func variant(of failed: SeenHello) -> HelloVariant? {
        guard segmentSize == failed.segmentSize else { return nil }
        let (mine, other) = (outline, failed.outline)
        let isAsLarge = fact.isLarge == failed.fact.isLarge
        switch (
            mine.serverName == other.serverName, fact.offersALPN == failed.fact.offersALPN,
            mine.version == other.version
        ) {
        case (false, true, true) where isAsLarge && cut == failed.cut:
            return mine.serverName == nil ? .withoutName : .otherName
        case (true, false, true) where isAsLarge && cut == failed.cut:
            return fact.offersALPN ? .withALPN : .withoutALPN
        case (true, true, false) where cut == failed.cut && mine.version.rawValue < other.version.rawValue:
            return .olderVersion
        case (true, true, true): return variantOfSameContent(failed)
        default: return nil
        }
    }

    /// Session tickets and padding differ from one hello of a client to the next by as much.
    private static let slack = 32

    private func variantOfSameContent(_ failed: SeenHello) -> HelloVariant? {
        let (length, other) = (fact.helloLength, failed.fact.helloLength)
        if max(length, other) - min(length, other) <= Self.slack {
            if cut == failed.cut { return .unchanged }
            guard failed.cut == .whole else { return nil }
            return switch cut {
            case .whole: nil
            case .inTwo: .inTwo
            case .inTwoWithPause: .inTwoWithPause
            case .small: .inSmallSegments
            }
        }
        guard failed.cut == .whole else { return nil }
        if length < other { return cut == .whole ? .small : cut == .inTwo ? .smallInTwo : nil }
        return cut == .whole && fact.isLarge && !failed.fact.isLarge ? .large : nil
    }
}

extension SeenHello.Cut {
    /// A piece that is as long as this ended where its segment ended.
    private static let fullSegment = 1_200
    /// No kernel waits so long between two segments that it has at hand.
    private static let pause = TimeSpan.milliseconds(150)

    fileprivate init(_ pieces: HelloPieces) {
        if pieces.count <= 1 || pieces.longest >= Self.fullSegment {
            self = .whole
        } else if pieces.count == 2 {
            self = pieces.span >= Self.pause ? .inTwoWithPause : .inTwo
        } else {
            self = .small
        }
    }
}

extension CaptureFacts {
    /// So many other hellos tell as much as all.
    private static let mostHellos = 64
    /// After so long, a hello that the same server answers otherwise counts as unanswered.
    private static let patience = TimeSpan.milliseconds(800)

    /// What other hellos of the same client to the same server say about one that failed; nil where this one did not.
    func otherHellos(besides position: Int, _ siblings: [Int], _ facts: Facts) -> ApplicationFacts? {
        guard case .tls(let exchange)? = table.application(at: position), !exchange.isPlain,
            let own = SeenHello(exchange, table.conversation(at: position), facts, patience: TLSExchange.patience)
        else { return nil }
        var application = ApplicationFacts()
        application.tls = own.fact
        guard application.wantsOtherHellos else { return nil }
        let target = table.subject(at: position).flow?.destination
        for sibling in siblings where sibling != position && application.hellos.count < Self.mostHellos {
            guard table.subject(at: sibling).flow?.destination == target,
                case .tls(let other)? = table.application(at: sibling),
                let seen = SeenHello(other, table.conversation(at: sibling), facts, patience: Self.patience),
                let variant = seen.variant(of: own)
            else { continue }
            application.hellos.append(HelloTrial(variant, shownBy: seen.frames, seen.fact))
        }
        return application
    }
}
