public import Conversations
public import PacketWire

/// Which conversations of a capture a diagnosis is about, and the course of the first of them.
public struct ConversationDigest: Sendable, Hashable {
    /// More who began alike conversations are not counted.
    public static let mostInitiators = 1_024

    /// How many are alike.
    public var count = 1
    /// Their numbers, counted from 1 in the order of the capture; the first of them where they are many.
    public var numbers: [Int]
    /// Who began them; the first of them where they are many.
    public var initiators: [IPAddress]
    /// How many began them; `mostInitiators` where there are as many or more.
    public var initiatorCount = 1
    /// Whom they were begun to, where that is not one endpoint.
    public var responderCount = 1
    public var firstSeen: Instant
    public var lastSeen: Instant
    /// Of the first conversation: who sent it.
    public var initiator: Endpoint?
    public var sent: Conversation.Tally
    public var received: Conversation.Tally
    /// Of the first conversation: the tags, labels and tunnels that it was in; nil for none.
    public var carrier: Carrier?
    /// Of the first conversation: what was said in the clear; nil where nothing was recognised.
    public var application: ApplicationExchange?
    /// Of the first conversation; nil where it is not TCP.
    public var analysis: TCPAnalysis?

    public init(_ outline: ConversationOutline, analysis: TCPAnalysis?, carrier: Carrier? = nil) {
        numbers = [outline.number]
        initiators = [outline.subject.initiator]
        firstSeen = outline.firstSeen
        lastSeen = outline.lastSeen
        initiator = outline.subject.flow?.source
        sent = outline.sent
        received = outline.received
        self.analysis = analysis
        self.carrier = carrier
    }
}

/// What a whole capture holds.
public struct CaptureDigest: Sendable, Hashable {
    public var packets = 0
    /// On the wire, link headers included.
    public var bytes = 0
    public var conversations = 0
    /// From the first packet to the last.
    public var duration = TimeSpan.zero
    /// How many conversations have which verdict.
    public var verdicts: [Verdict: Int] = [:]
    /// Conversations that are no connection attempts by themselves: packets of a ladder, echoes, and what the opening
    /// of was before the capture.
    public var others = 0
    /// Those of `others` that are pieces of connections: too little of them is here to tell anything by itself.
    public var remnants = 0
    /// Conversations that are datagrams to all who listen (multicast, broadcast): nobody owes an answer.
    public var toGroups = 0
    /// Conversations that had to be let go before they had ended: what came of them is not known.
    public var cutShort = 0
    /// Findings that were not kept.
    public var forgottenFindings = 0
    /// What was spoken in the clear, by the name of the protocol.
    public var spoken: [String: ApplicationTally] = [:]
    /// Where in the network it was made.
    public var tap = TapTally()
    /// What address resolution shows by itself, one sentence each.
    public var link: [String] = []
    /// What the capture cannot say, one sentence each.
    public var limits: [String] = []
    /// What the file says of itself in words: comments, names of hosts, an interface's own counters.
    public var remarks: [String] = []

    public init() {}
}
