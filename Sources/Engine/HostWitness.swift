import Conversations
import Diagnosis
import FilterRules
import HostNetwork
import PacketWire

/// What this machine tells of itself around a target's probing: the kernel's counters before and after, the rules of the
/// packet filter, and what surrounds the connection.
///
/// A target that answers costs one reading of counters, and nothing is taken apart. Rules are listed only where a packet
/// did not leave or an answer was not taken, by a child that is started while the privilege is there: once as soon as
/// that shows, so that the packets that follow raise the counters of the rule that stops them, and once at the end.
final class HostWitness {
    private let reader: RulesetReader?
    private var before: (ruleset: Ruleset, at: Instant)?
    private var after: (ruleset: Ruleset, at: Instant)?
    private var counters: (snapshot: CounterSnapshot, at: Instant)?
    private var beginnings: [Int: CounterSnapshot] = [:]
    /// A listing was asked for at this time and has not come yet.
    private var askedAt: Instant?

    /// How long a listing is waited for at the end. Ten thousand rules take nft a third of a second.
    static let patienceMilliseconds: Int32 = 1_500
    /// When it is looked whether a packet has left: the kernel repeats a SYN after a second. And whether an answer came that
    /// was not taken, which shows when the way there and back is over.
    static let looks = [150, 300, 600, 1_000, 1_500, 2_000].map { TimeSpan.milliseconds($0) }

    /// Starts the child that lists rules, where that is permitted. Called before the first thread.
    init() { reader = RulesetReader() }

    var descriptor: Int32? { reader?.descriptor }

    /// Before a target's first packet.
    func begin(_ index: Int, at now: Instant) {
        // Targets that start together share a reading.
        if let counters, now - counters.at < .milliseconds(20) {
            beginnings[index] = counters.snapshot
            return
        }
        let snapshot = CounterSnapshot()
        counters = (snapshot, now)
        beginnings[index] = snapshot
    }

    /// Some moments after its first packet: where it has not left, or its answer is not taken, the rules are asked for once.
    func look(_ facts: Facts, at now: Instant) {
        guard before == nil, askedAt == nil, let reader, Observations(facts).asksForLocalRules else { return }
        reader.ask()
        askedAt = now
    }

    /// The child has something to say.
    func read() {
        guard let listings = reader?.read(), let askedAt else { return }
        take(listings, askedAt)
    }

    private func take(_ listings: RulesetReader.Listings, _ at: Instant) {
        askedAt = nil
        guard let ruleset = RulesetText(listings).ruleset() else { return }
        if before == nil { before = (ruleset, at) } else { after = (ruleset, at) }
    }

    /// Adds what the kernel says to a target's facts, before they are judged.
    func testify(_ facts: inout Facts, _ index: Int, at now: Instant) {
        let beginning = beginnings.removeValue(forKey: index)
        let observations = Observations(facts)
        func readCounters() {
            guard let beginning else { return }
            facts.kernel.counters = CounterSnapshot().rises(since: beginning)
                .map { CounterChange(name: $0.key, rise: $0.value) }
                .sorted { $0.name < $1.name }
        }
        switch observations.symptom {
        case .unresolved: return
        case .answered, .broken:
            // What connects without a packet at the tap leaves under another name, or never.
            let isRedirected = observations.hasWire && observations.sentOnWire == 0
            if isRedirected || observations.dropsWordsByRule { addRules(to: &facts, at: now) }
            // Where nobody captures, an answer that came in and went nowhere shows in these only.
            let isTold = facts.application != nil || facts.greetingAwaited != nil || facts.isThorough
            if !observations.hasWire, isTold { readCounters() }
            if !observations.hasWire { facts.kernel.circumstances.asksForECN = KernelLimits.asksForECN() }
            // Who answers so, or swallows what follows, may be a program behind the device that the route names.
            if facts.isAnswerOdd || facts.isSwallowedBehindHandshake {
                facts.kernel.circumstances.link = Circumstances(of: facts).link
            }
            return
        default: break
        }
        readCounters()
        facts.kernel.circumstances = Circumstances(of: facts)
        if observations.asksForLocalRules { addRules(to: &facts, at: now) }
    }

    /// Adds the rules that come into question, while there is still time to try whether what they hang on changes.
    func foretell(_ facts: inout Facts) {
        guard let before, facts.kernel.rules.isEmpty, Observations(facts).asksForLocalRules, let flow = flow(of: facts)
        else { return }
        facts.kernel.rules = before.ruleset.rulesStopping(flow)
        facts.kernel.rulesHangOnSourcePort = before.ruleset.hangsOnSourcePort(flow)
    }

    private func addRules(to facts: inout Facts, at now: Instant) {
        guard let flow = flow(of: facts), let ruleset = listing(at: now) else { return }
        facts.kernel.readsRules = true
        let translators = ruleset.translators(of: flow)
        (facts.kernel.sourceTranslator, facts.kernel.destinationTranslator) = translators
        facts.kernel.translatesSource = translators.source != nil
        facts.kernel.translatesDestination = translators.destination != nil
        let packets = facts.attempts.first { $0.purpose == .primary }.map(packets) ?? 0
        facts.kernel.rules = ruleset.rulesStopping(flow, since: before?.ruleset, packets: packets)
        facts.kernel.rulesHangOnSourcePort = ruleset.hangsOnSourcePort(flow)
    }

    private func flow(of facts: Facts) -> LocalFlow? {
        guard let primary = facts.attempts.first(where: { $0.purpose == .primary }),
            let port = primary.kind.port, let transport = primary.kind.transport, let remote = facts.target.address,
            let local = primary.local ?? facts.route?.source.map({ Endpoint($0, 0) })
        else { return nil }
        let flags: TCPFlags = TCPHandshake(primary.packets).synAcks.isEmpty ? [.rst, .ack] : [.syn, .ack]
        let isIgnored = primary.packets.contains { !$0.fromInitiator }
        return LocalFlow(
            local: local, remote: Endpoint(remote, port), transport: transport, interface: facts.route?.interface,
            isLocalTarget: facts.route?.kind == .local, answerFlags: isIgnored ? flags : [.syn, .ack],
            isBridged: facts.route?.interface.map(Interface.isBridge(named:)) ?? false)
    }

    /// How many packets of the attempt there were since the first listing, at the least.
    private func packets(of primary: Attempt) -> Int {
        guard let before, before.at > primary.startedAt else { return 0 }
        let answers = primary.packets.filter { !$0.fromInitiator }
        // What is dropped on the way out is not seen: all of it but the first packet came after the listing.
        guard answers.isEmpty else { return answers.filter { $0.at > before.at + .milliseconds(100) }.count }
        return max(0, primary.tries - 1)
    }

    /// The rules as they are now; targets that end together share a listing.
    private func listing(at now: Instant) -> Ruleset? {
        if let after, now - after.at < .milliseconds(100) { return after.ruleset }
        guard let reader else { return nil }
        if let askedAt, let listings = reader.wait(milliseconds: Self.patienceMilliseconds) { take(listings, askedAt) }
        reader.ask()
        guard reader.isAsked, let listings = reader.wait(milliseconds: Self.patienceMilliseconds),
            let ruleset = RulesetText(listings).ruleset()
        else { return nil }
        after = (ruleset, now)
        return ruleset
    }

    func close() { reader?.close() }
}

extension RulesetText {
    init(_ listings: RulesetReader.Listings) {
        func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
        self.init(
            nftablesJSON: listings.nftablesJSON, nftablesListing: text(listings.nftables),
            iptables: text(listings.iptables), ip6tables: text(listings.ip6tables),
            legacyIptables: text(listings.legacyIptables), legacyIp6tables: text(listings.legacyIp6tables))
    }
}
