import PacketWire

/// One way in which a connection can stall (or not), as one small file each.
///
/// A cause looks at the observations and says nothing (`nil`) when they rule it out. What it says otherwise is
/// what the verdict would be if it were true, and what keeps it from being certain.
protocol Cause: SendableMetatype {
    static func examine(_ observations: Observations) -> Finding?
    /// Causes that it explains away: what makes them look true is what this one does.
    static var supersedes: Set<CauseID> { get }
}

/// A cause by its name, for whoever plans which of them to tell apart: `PathDrop`.
public struct CauseID: Hashable, Sendable, ExpressibleByStringLiteral, CustomStringConvertible {
    public let name: String

    public init(_ name: String) { self.name = name }
    public init(stringLiteral name: String) { self.init(name) }
    public var description: String { name }
}

extension CauseID {
    /// Every cause of the catalogue.
    public static var all: [CauseID] { Causes.all.map { $0.id } }
}

extension Cause {
    static var id: CauseID { CauseID("\(Self.self)") }
    static var supersedes: Set<CauseID> { [] }
}

/// What a cause that is not ruled out says.
struct Finding {
    /// The cause in a few words, as it stands among the look-alikes.
    var cause: String
    var verdict: Verdict
    var stage: Stage?
    var mechanism: Mechanism?
    /// Where it is if this cause is the one.
    var zones: [Zone]
    var confidence: Confidence
    var afterHop: Hop?
    var beforeHop: Hop?
    var actor: IPAddress?
    /// One sentence.
    var summary: String
    var advice: [String]
    /// As a look-alike: why the evidence still allows it, and what would settle it.
    var whyNotExcluded: String
    var experiment: String
    /// Never the verdict by itself: only listed beside another one.
    var isOnlyLookAlike: Bool
    /// Nothing speaks for it and nothing was tried that could speak against it: a reason to try, and none to report.
    var isUntested = false

    init(
        _ cause: String, _ verdict: Verdict, stage: Stage? = nil, mechanism: Mechanism? = nil, zones: [Zone] = [],
        confidence: Confidence, afterHop: Hop? = nil, beforeHop: Hop? = nil, actor: IPAddress? = nil,
        summary: String, advice: [String] = [], whyNotExcluded: String = "", experiment: String = "",
        isOnlyLookAlike: Bool = false
    ) {
        self.cause = cause
        self.verdict = verdict
        self.stage = stage
        self.mechanism = mechanism
        self.zones = zones
        self.confidence = confidence
        self.afterHop = afterHop
        self.beforeHop = beforeHop
        self.actor = actor
        self.summary = summary
        self.advice = advice
        self.whyNotExcluded = whyNotExcluded
        self.experiment = experiment
        self.isOnlyLookAlike = isOnlyLookAlike
    }

    /// A hypothesis that an experiment could settle.
    static func untested(_ cause: String) -> Finding {
        var finding = Finding(cause, .undetermined, confidence: .weak, summary: "", isOnlyLookAlike: true)
        finding.isUntested = true
        return finding
    }
}

/// The catalogue, in the order in which equally sure causes are preferred.
enum Causes {
    static let all: [any Cause.Type] = [
        NobodysAddress.self, ForgedNameAnswer.self, NameNotFound.self, ResolverRefused.self, ResolverOutOfReach.self,
        ResolverSilent.self,
        ReversePathFilter.self, IPsecPolicy.self, TrafficControl.self, PacketProgram.self,
        LocalRoute.self, MarkedIntoDeadRoute.self, DeliveredHere.self, LocalEgressReject.self, LinkDown.self,
        NextHopSilent.self, OtherNextHopSilent.self, FixedNeighbor.self, ConnectionTableFull.self,
        SandboxRefusal.self, LocalPermission.self, LocalPortsUsedUp.self, LocalFailure.self,
        StoppedAtTap.self, AnswerTurnedBack.self, OwnTranslation.self, LocalIngressDrop.self, LocalEgressDrop.self,
        NeverSent.self,
        UnacceptableAnswer.self,
        CaptureEndsEarly.self,
        CirclesHere.self, RoutingLoop.self, ShortLife.self, HostAbsent.self, RouterWithoutRoute.self, BeyondScope.self,
        PathReject.self, FragmentsMissing.self, AnswerInPieces.self, CaptureLacksFragments.self, TooBigAlone.self,
        ForgedICMP.self, OwnFilterRejects.self, HostReject.self, NobodyBehindHost.self, ForgedReset.self,
        PortClosed.self,
        HostRefusesAlike.self, ThisClientOnly.self,
        SilentAtHost.self, ListenOverflow.self, PathDrop.self, TreatedOtherwise.self, UnreportedNextHop.self,
        HostDrop.self,
        ReturnPathLoss.self, SilentService.self,
        AnswerFromElsewhere.self, MisaddressedOnLink.self, CapturedLocally.self, TranslatedBeforeFirstHop.self,
        DuplicateAddress.self,
        SomeSendsRefused.self, RefusedAfterHandshake.self, HandshakeUnheard.self, HandshakeUnfinished.self,
        AnswerDisowned.self, TransferUntaken.self,
        InjectedRefusal.self, IgnoredRefusal.self, Reflected.self,
        StaleState.self, ShutOut.self, OutageBegun.self, OptionSensitive.self, AskedSourcePort.self,
        SourcePortRule.self, SourceRule.self,
        SlowToOpen.self, BrokenMember.self, ConnectionLimit.self, FirstOfFlow.self, RateLimit.self, RandomLoss.self,
        IntermittentRefusal.self,
        AnsweredByMiddlebox.self, AllPortsOpen.self, ResetAfterHandshake.self,
        ClosedAfterHandshake.self,
        AlteredInTransit.self, Open.self,
    ]
}
