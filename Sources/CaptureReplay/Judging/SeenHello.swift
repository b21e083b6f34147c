import Conversations
import Diagnosis
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

    let outline: HelloOutline
    let at: Instant
    private let cut: Cut
    /// The initiator's own: a smaller one heals what a hello's length does not.
    private let segmentSize: UInt16?

    /// Nil where there is none.
    init?(_ exchange: TLSExchange, segmentSize: UInt16?) {
        guard let hello = exchange.clientHello else { return nil }
        (outline, at, self.segmentSize) = (hello.value, hello.at, segmentSize)
        cut = Cut(exchange.pieces)
    }

    private var offersALPN: Bool { outline.applicationProtocol != nil }
    private var isLarge: Bool { TLSFact.isLarge(outline.length) }

    /// In what it differs from one that failed; nil where that is more than one thing, so that it proves nothing.
    ///
    /// - Parameter isOwnProbe: both are of a probe, which changes one thing on purpose: a small or an older hello of its
    ///   own need not be of the same making otherwise.
    func variant(of failed: SeenHello, isOwnProbe: Bool) -> HelloVariant? {
        guard segmentSize == failed.segmentSize else { return nil }
        let (mine, other) = (outline, failed.outline)
        guard isOwnProbe || mine.program == other.program else { return nil }
        let isAsLarge = isLarge == failed.isLarge
        switch (
            mine.serverName == other.serverName, offersALPN == failed.offersALPN, mine.version == other.version
        ) {
        case (false, true, true) where isAsLarge && cut == failed.cut:
            return mine.serverName == nil ? .withoutName : .otherName
        case (true, false, true) where isAsLarge && cut == failed.cut:
            return offersALPN ? .withALPN : .withoutALPN
        case (true, true, false) where cut == failed.cut && mine.version.rawValue < other.version.rawValue:
            return .olderVersion
        case (true, true, true): return variantOfSameContent(failed, isOwnProbe: isOwnProbe)
        default: return nil
        }
    }

    /// Session tickets and padding differ from one hello of a client to the next by as much.
    private static let slack = 32

    private func variantOfSameContent(_ failed: SeenHello, isOwnProbe: Bool) -> HelloVariant? {
        let (length, other) = (outline.length, failed.outline.length)
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
        // A ticket less is no smaller hello: it must be the step over a segment's length.
        if length < other, isOwnProbe || failed.isLarge && !isLarge {
            return cut == .whole ? .small : cut == .inTwo ? .smallInTwo : nil
        }
        return cut == .whole && isLarge && !failed.isLarge ? .large : nil
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
    /// So many other connections of the client are looked at, and so many of each kind of hello told: more say no more.
    private static let mostNearby = 64
    private static let mostOfKind = 3
    /// What a server answers so much earlier or later it may answer for other reasons.
    private static let sameTime = TimeSpan.seconds(300)
    /// After so long, a hello that the same server answers otherwise counts as unanswered.
    private static let patience = TimeSpan.milliseconds(800)

    /// What other hellos of the same client to the same server say about one that failed; nil where this one did not.
    func otherHellos(besides position: Int, _ siblings: [Int], _ facts: Facts) -> ApplicationFacts? {
        guard case .tls(let exchange)? = table.application(at: position), !exchange.isPlain,
            let own = hello(exchange, position),
            let fact = TLSFact(
                exchange, Aftermath(table.conversation(at: position), facts), patience: TLSExchange.patience)
        else { return nil }
        var application = ApplicationFacts()
        application.tls = fact
        guard application.wantsOtherHellos else { return nil }
        let target = table.subject(at: position).flow?.destination
        var told: [HelloVariant: Int] = [:]
        var trials: [(at: Instant, trial: HelloTrial)] = []
        // The latest of a kind count: a world that changes meanwhile shows in the repetition.
        for sibling in nearest(siblings, to: position).reversed() {
            // What costs little comes first: most siblings are of no use.
            guard table.subject(at: sibling).flow?.destination == target,
                case .tls(let other)? = table.application(at: sibling), let seen = hello(other, sibling),
                seen.at - own.at <= Self.sameTime, own.at - seen.at <= Self.sameTime,
                let variant = seen.variant(of: own, isOwnProbe: facts.isSavedProbe),
                told[variant, default: 0] < Self.mostOfKind,
                let fact = TLSFact(
                    other, Aftermath(table.conversation(at: sibling), facts), patience: Self.patience)
            else { continue }
            told[variant, default: 0] += 1
            let frames = [other.clientHello?.frame, other.serverHello?.frame ?? other.alert?.frame].compactMap { $0 }
            trials.append((seen.at, HelloTrial(variant, shownBy: frames, fact)))
        }
        if !facts.isSavedProbe { trials = Self.between(own.at, trials) }
        application.hellos = trials.reversed().map(\.trial)
        return application
    }

    /// Those between the failure and its repetitions, and these: before and behind them it may be another world.
    private static func between(
        _ failure: Instant, _ trials: [(at: Instant, trial: HelloTrial)]
    ) -> [(at: Instant, trial: HelloTrial)] {
        let failures = trials.filter { $0.trial.variant == .unchanged }.map(\.at) + [failure]
        guard let first = failures.min(), let last = failures.max() else { return trials }
        return trials.filter { first <= $0.at && $0.at <= last }
    }

    private func hello(_ exchange: TLSExchange, _ position: Int) -> SeenHello? {
        SeenHello(exchange, segmentSize: table.analysis(at: position)?.initiator.maximumSegmentSize)
    }

    /// Those that were begun next to it, in their order.
    func nearest(_ siblings: [Int], to position: Int) -> ArraySlice<Int> {
        let others = siblings.filter { $0 != position }
        guard others.count > Self.mostNearby else { return others[...] }
        let place = others.firstIndex { $0 > position } ?? others.endIndex
        let start = max(0, min(place - Self.mostNearby / 2, others.count - Self.mostNearby))
        return others[start..<start + Self.mostNearby]
    }
}
