public import Conversations
public import PacketWire

/// The two ladders of one target, joined hop by hop.
///
/// Every position is judged by what answered (ICMP type, SYN-ACK, reset), never by address alone.
public struct PathView: Sendable, Hashable {
    /// The ladders of a source port that fails and of one that passes, where the outcome hangs on it.
    public private(set) var isOfMembers = false
    /// The target's ladder left from a port that is known to fail: the primary's own, or one that fails each time.
    public private(set) var isOfFailing = false
    /// One position per TTL that was asked, nearest first.
    public var hops: [PathHop] = []
    /// How many packets of the target's kind went out with each TTL and stayed without any answer.
    public var unansweredTries: [Int: Int] = [:]

    /// Everything that the packet became on its way, nearest first.
    public var changes: [PathChange] { hops.flatMap(\.changes) }

    /// TTLs at which a router still answered the control when it had just kept silent to the target's packet.
    /// Routers answer only a few packets a second, and who asks when has the next answer is chance: a silence counts only
    /// where the control, asked right behind it, got an answer. One such silence counts, whatever the router has left for
    /// those that ask again.
    private var outlasted: Set<Int> = []

    /// How far behind the target's packet the control's may be: in that time a router that answers one packet a second
    /// (Linux: net.ipv4.icmp_ratelimit) hardly ever gets a new answer to spend.
    private static let rightBehind = TimeSpan.milliseconds(20)

    /// Routers that the control's packets met, by their TTL.
    private var controlRouters: [Int: Set<IPAddress>] = [:]

    /// The address that was asked.
    private(set) var host: IPAddress?

    public init(attempts all: [Attempt]) {
        // Where the primary's own packet left, one of its kind that did not was stopped here, by a limit, say. Its silence
        // places nothing.
        let primary = all.first
        let mayBeLimited = primary.map { $0.isSeenToLeave || $0.outgoingDrops.count < $0.tries } ?? false
        let sent = all.filter { attempt in
            if attempt.neverWas { return false }
            return !mayBeLimited || !attempt.purpose.isRung
                || !attempt.endedHere(hasTap: primary?.isSeenToLeave ?? false)
        }
        let attempts: [Attempt]
        (attempts, isOfFailing, isOfMembers) = Self.relevant(sent)
        host = all.first?.remote
        var unanswered: [Int: [Instant]] = [:]
        for attempt in attempts where !attempt.purpose.isControl && Self.position(attempt).0 == .silence {
            guard let timeToLive = attempt.purpose.timeToLive else { continue }
            unanswered[timeToLive, default: []].append(attempt.leftAt)
        }
        for attempt in attempts where attempt.purpose.isControl {
            guard let timeToLive = attempt.purpose.timeToLive, case .timeExceeded = attempt.answer,
                let asked = unanswered[timeToLive]
            else { continue }
            let at = attempt.leftAt
            if asked.contains(where: { $0 <= at && at - $0 <= Self.rightBehind }) { outlasted.insert(timeToLive) }
        }
        let routers = Self.routersOfControl(attempts)
        for attempt in attempts {
            guard let timeToLive = attempt.purpose.timeToLive else { continue }
            let (answer, at) = Self.position(attempt, besides: routers[timeToLive] ?? [])
            if !attempt.purpose.isControl, answer == .silence {
                unansweredTries[timeToLive, default: 0] += attempt.tries
            }
            note(answer, at: timeToLive, isControl: attempt.purpose.isControl, roundTrip: at.map(attempt.roundTrip))
        }
        hops.sort { $0.ttl < $1.ttl }
        noteQuotes(attempts)
    }

    private mutating func note(
        _ answer: PathHop.Answer, at timeToLive: Int, isControl: Bool, roundTrip: TimeSpan?
    ) {
        let index = hops.firstIndex { $0.ttl == timeToLive } ?? hops.count
        if index == hops.count { hops.append(PathHop(ttl: timeToLive, target: .notAsked)) }
        let answers = isControl ? \PathHop.control : \PathHop.target
        let tally = isControl ? \PathHop.controlTally : \PathHop.targetTally
        hops[index][keyPath: tally].sent += 1
        if let address = answer.address {
            hops[index][keyPath: tally].answered += 1
            if !isControl, let first = hops[index].target.address, first != address,
                !hops[index].others.contains(address), hops[index].others.count < 16
            {
                hops[index].others.append(address)
            }
        }
        if isControl, case .timeExceeded(let router) = answer, controlRouters[timeToLive, default: []].count < 16 {
            controlRouters[timeToLive, default: []].insert(router)
        }
        hops[index][keyPath: answers] =
            isControl && isOfTranslatedControl(hops[index].control, beside: answer)
            ? answer : Self.better(hops[index][keyPath: answers], answer)
        guard let roundTrip else { return }
        if hops[index][keyPath: tally].roundTrips.count < 1_024 {
            hops[index][keyPath: tally].roundTrips.append(roundTrip)
        }
        if hops[index].roundTrip == nil { hops[index].roundTrip = roundTrip }
    }

    /// A control ran out there under the host's own address, and another under a router's: the first one's port is handed on
    /// to somebody else, as that of another target may be, and the router is who stands there.
    private func isOfTranslatedControl(_ known: PathHop.Answer, beside answer: PathHop.Answer) -> Bool {
        guard let host, case .timeExceeded(host) = known, case .timeExceeded(let router) = answer else { return false }
        return router != host
    }

    /// What the errors about the target's own packets quote: one a position, those of the ladder and of refusals
    /// whose sender's position is known.
    private mutating func noteQuotes(_ attempts: [Attempt]) {
        var quotes: [Int: QuoteComparison.Quoted] = [:]
        for attempt in attempts {
            switch attempt.purpose {
            case .primary, .rung: break
            default: continue
            }
            guard let place = place(of: attempt), quotes[place.ttl] == nil, let quoted = attempt.quoted(at: place)
            else { continue }
            quotes[place.ttl] = quoted
        }
        let sorted = quotes.values.sorted { $0.hop.ttl < $1.hop.ttl }
        for change in QuoteComparison(sorted).changes {
            if let index = hops.firstIndex(where: { $0.ttl == change.seenAt.ttl }) {
                hops[index].changes.append(change)
            }
        }
        for quoted in sorted where !quoted.quote.labels.isEmpty {
            if let index = hops.firstIndex(where: { $0.ttl == quoted.hop.ttl }) {
                hops[index].labels = quoted.quote.labels
            }
        }
    }

    /// Where the error about an attempt was made.
    private func place(of attempt: Attempt) -> Hop? {
        switch attempt.answer {
        case .timeExceeded(let refusal):
            // A full TTL runs out in a circle, nowhere in particular.
            return attempt.purpose.timeToLive.map { Hop(ttl: $0, address: refusal.sender) }
        case .refused(let refusal):
            if refusal.sender == attempt.remote { return targetEnd.map { Hop(ttl: $0.ttl, address: refusal.sender) } }
            let router = hops.first { hop in
                if case .timeExceeded(refusal.sender) = hop.target { true } else { false }
            }
            return router.map { Hop(ttl: $0.ttl, address: refusal.sender) }
        case .silence, .reached, .reset, .localError:
            return nil
        }
    }

    /// Where the outcome hangs on the source port and a ladder was walked from another one that fails, that pair counts: the
    /// others may have taken either way, and its control is the same packet from a port that passes. Else a ladder from the
    /// primary's own port counts, beside whatever control, where nothing came for it: what left from others may have been
    /// treated otherwise.
    private static func relevant(_ attempts: [Attempt]) -> ([Attempt], isOfFailing: Bool, isOfMembers: Bool) {
        func rungs(from ports: [UInt16]) -> Set<Int> {
            Set(
                attempts.indices.filter { index in
                    let attempt = attempts[index]
                    guard attempt.purpose.isRung, !attempt.purpose.isControl, let port = attempt.local?.port else {
                        return false
                    }
                    return ports.contains(port)
                })
        }
        guard let primary = attempts.first, attempts.contains(where: { $0.purpose.isRung && !$0.purpose.isControl })
        else { return (attempts, false, false) }
        let own = primary.local?.port
        var chosen = rungs(from: Trials(attempts).decidedByPort?.failing ?? [])
        let isOfMembers = chosen.contains { attempts[$0].local?.port != own }
        if !isOfMembers, primary.answer == .silence, let own { chosen = rungs(from: [own]) }
        guard !chosen.isEmpty else { return (attempts, false, false) }
        let kept = attempts.indices.filter { index in
            let attempt = attempts[index]
            guard attempt.purpose.isRung else { return true }
            return attempt.purpose.isControl ? !isOfMembers || attempt.kind == primary.kind : chosen.contains(index)
        }
        return (kept.map { attempts[$0] }, true, isOfMembers && kept.count < attempts.count)
    }

    private static func better(_ a: PathHop.Answer?, _ b: PathHop.Answer) -> PathHop.Answer {
        a == nil || a == .silence || a == .notAsked ? b : a!
    }

    /// Who said of the control's packets, by TTL, that it ran out.
    private static func routersOfControl(_ attempts: [Attempt]) -> [Int: Set<IPAddress>] {
        attempts.reduce(into: [:]) { routers, attempt in
            guard case .controlRung(let timeToLive) = attempt.purpose, case .timeExceeded(let refusal) = attempt.answer
            else { return }
            routers[timeToLive, default: []].insert(refusal.sender)
        }
    }

    /// - Parameter routers: who answered the control there. Where a packet is copied on its way the copy runs out elsewhere,
    ///   and either of the two answers comes first: the router of both ladders stands there.
    private static func position(
        _ attempt: Attempt, besides routers: Set<IPAddress> = []
    ) -> (PathHop.Answer, Instant?) {
        switch attempt.answer {
        case .silence, .localError:
            return (.silence, nil)
        case .timeExceeded(let refusal):
            if !attempt.purpose.isControl, !routers.contains(refusal.sender),
                let common = attempt.expirySenders.first(where: routers.contains)
            {
                return (.timeExceeded(common), refusal.at)
            }
            return (.timeExceeded(refusal.sender), refusal.at)
        case .refused(let refusal):
            return (.refused(refusal.sender, refusal.error.name), refusal.at)
        case .reset(let reply):
            return (attempt.remote.map { .reached($0, "reset") } ?? .silence, reply.at)
        case .reached(let reply):
            let name =
                switch attempt.kind {
                case .tcp: "SYN-ACK"
                case .udp: "datagram"
                case .echo: "echo reply"
                }
            return (attempt.remote.map { .reached($0, name) } ?? .silence, reply.at)
        }
    }

    /// The farthest hop that the target's own packets are known to have reached.
    public var lastAnswering: Hop? {
        hops.last { if case .timeExceeded = $0.target { true } else { false } }
            .map { Hop(ttl: $0.ttl, address: $0.target.address) }
    }

    /// The nearest TTL at which the target's own packets got something else than time exceeded.
    public var targetEnd: PathHop? {
        hops.first { hop in
            switch hop.target {
            case .reached, .refused: true
            case .notAsked, .silence, .timeExceeded: false
            }
        }
    }

    /// The nearest position after the last answering hop from which the control got an answer while the
    /// target's packets, asked there too, got none.
    public var differential: PathHop? {
        let after = lastAnswering?.ttl ?? 0
        return hops.first { hop in
            guard hop.ttl > after, hop.target == .silence else { return false }
            switch hop.control {
            case .timeExceeded: return outlasted.contains(hop.ttl)
            case .reached: return true
            case .notAsked, .silence, .refused: return false
            }
        }
    }

    /// Up to where the target's packets get, some of the control's met other routers: what they pass behind that need not lie
    /// on the target's way.
    var controlTakesOtherWays: Bool {
        let last = lastAnswering?.ttl ?? 0
        return hops.contains { hop in
            guard hop.ttl <= last, case .timeExceeded(let target) = hop.target else { return false }
            return controlRouters[hop.ttl]?.contains { $0 != target } ?? false
        }
    }

    /// The nearest position at which the host answers the control, past the last router that the target's packets get to.
    func controlEnd(past after: Hop?) -> Hop? {
        for hop in hops where hop.ttl > after?.ttl ?? 0 {
            if case .reached(let address, _) = hop.control { return Hop(ttl: hop.ttl, address: address) }
        }
        return nil
    }

    /// Up to where the target's packets get, different routers answer at one place: the control's way, or another packet's,
    /// is not the target's.
    var hasSeveralWays: Bool {
        let last = lastAnswering?.ttl ?? 0
        return hops.contains { hop in
            guard hop.ttl <= last, case .timeExceeded(let target) = hop.target else { return false }
            if case .timeExceeded(let control) = hop.control, control != target { return true }
            return !hop.others.isEmpty
        }
    }

    /// Where the control's packets run out of TTL under the target's own address: whoever has it is there, and hands the
    /// control's on to a host behind it. Where several hops answer under that address, a translator before them makes
    /// them, and says nothing of whose the address is.
    var forwardingTarget: Int? {
        let named = hops.filter { hop in
            guard let host, case .timeExceeded(host) = hop.control else { return false }
            return true
        }
        return named.count == 1 ? named[0].ttl : nil
    }

    /// Where the target's packets run out of TTL under the target's own address, and the control's under a router's: whoever
    /// stands there has got them from a translator of destinations, at this place or before it, and translates its word back.
    var translatedAt: Int? {
        hops.first { hop in
            guard let host, case .timeExceeded(host) = hop.target, case .timeExceeded(let router) = hop.control else {
                return false
            }
            return router != host
        }?.ttl
    }

    /// The router that the control's packets meet there: the target's may go another way from a translator on.
    func routerOfControl(at timeToLive: Int) -> IPAddress? {
        guard case .timeExceeded(let address) = hops.first(where: { $0.ttl == timeToLive })?.control else { return nil }
        return address
    }

    /// The control's packets with this TTL, or a larger one, still ran out of it on the way: the host is farther.
    public func controlPasses(_ timeToLive: Int) -> Bool {
        if let place = forwardingTarget, place <= timeToLive { return false }
        return hops.contains { hop in
            guard hop.ttl >= timeToLive, case .timeExceeded = hop.control else { return false }
            return true
        }
    }

    /// The target's packets end short of where the control's do: what answered them stands in the way.
    var endsShort: Bool { targetEnd.map { controlPasses($0.ttl + targetGain) } ?? false }

    /// By how many hops the target's packets live longer than the control's: a router answers them at a TTL with which the
    /// control's do not get as far. It may be a shorter way, or a router that takes nothing off their TTL, as one that sends
    /// copies on.
    private var targetGain: Int {
        hops.compactMap { hop -> Int? in
            guard case .timeExceeded(let first) = hop.target, case .timeExceeded(let own) = hop.control else {
                return nil
            }
            return hops.last { later in
                guard later.ttl > hop.ttl, case .timeExceeded(let router) = later.control, router != own else {
                    return false
                }
                return router == first || hop.others.contains(router)
            }.map { $0.ttl - hop.ttl }
        }.max() ?? 0
    }

    /// A hop position: who answers there, whichever ladder asked.
    public func hop(at timeToLive: Int) -> Hop? {
        hops.first { $0.ttl == timeToLive }.flatMap { hop in
            (hop.target.address ?? hop.control.address).map { Hop(ttl: timeToLive, address: $0) }
        }
    }

    /// The router that stands there: whoever said that a TTL ran out, never who answers in the host's name.
    func router(at timeToLive: Int) -> IPAddress? {
        guard let hop = hops.first(where: { $0.ttl == timeToLive }) else { return nil }
        for answer in [hop.target, hop.control] { if case .timeExceeded(let address) = answer { return address } }
        return nil
    }

    /// How many hops away the far end is, by the control's or the target's own answer.
    public var distance: Int? { hops.distance }

    /// Neither ladder was walked.
    public var isEmpty: Bool { hops.isEmpty }
    /// A control was walked and something answered it.
    public var hasControl: Bool {
        hops.contains { $0.control.address != nil }
    }
}

extension PathHop.Answer {
    /// Who answered from there.
    public var address: IPAddress? {
        switch self {
        case .notAsked, .silence: nil
        case .timeExceeded(let address), .reached(let address, _), .refused(let address, _): address
        }
    }
}

extension Attempt {
    /// There was no socket to send it from: the silence of what was never sent says nothing of a path.
    var neverWas: Bool {
        guard case .localError(let error, atOnce: true) = answer else { return false }
        return error.isNamed("EADDRINUSE", "EADDRNOTAVAIL", "EMFILE", "ENFILE", "ENOBUFS", "ENOMEM")
    }

    /// Everybody who said that its TTL ran out, as the tap and the socket's error queue have it.
    fileprivate var expirySenders: [IPAddress] {
        packets.filter { $0.icmpError?.isTimeExceeded ?? false }.map(\.source)
            + (socket?.notices ?? []).filter(\.error.isTimeExceeded).map(\.sender)
    }

    /// One of its packets was seen at the tap, on its way out.
    fileprivate var isSeenToLeave: Bool { packets.contains(where: \.fromInitiator) }

    /// Nothing of it left this machine.
    fileprivate func endedHere(hasTap: Bool) -> Bool {
        guard answer == .silence else { return false }
        return !isSeenToLeave && (hasTap || outgoingDrops.count >= tries)
    }

    /// How often its packet was sent: what the wire counted, else what the kernel said, else once.
    public var tries: Int {
        let onWire = packets.count(where: \.isTry)
        return max(onWire, 1 + (socket?.retransmissions ?? 0))
    }

    /// When its first packet left: as the tap saw it, else when it was asked for. A machine that has much to do may take
    /// half a second from one to the other, and that is no part of the path's time.
    public var leftAt: Instant {
        // A wall clock that is set meanwhile moves the tap's stamps.
        guard let at = packets.first(where: \.isTry)?.at, at >= startedAt, at <= givenUpAt ?? at else {
            return startedAt
        }
        return at
    }

    /// From the packet that was answered, as the tap saw it leave, else from the start of the attempt.
    func roundTrip(to answer: Instant) -> TimeSpan {
        // Not the acknowledgement of it, which a coarse clock puts at the same moment.
        let sent = packets.last { $0.isTry && $0.at <= answer }
        return answer - (sent?.at ?? startedAt)
    }
}
