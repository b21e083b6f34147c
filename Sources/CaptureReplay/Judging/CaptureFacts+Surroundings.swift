import Conversations
import Diagnosis
import PacketWire

/// Conversations that are alike are judged once: what a verdict hangs on beside a conversation's own packets, in one number.
extension CaptureFacts {
    /// What a verdict on this conversation takes from elsewhere than its own packets, in one number: the controls, and
    /// whether its responder was asked for and answered. Nil where it is a ladder's, which is like no other.
    ///
    /// - Parameter outline: of the same conversation; whoever asks has it.
    mutating func surroundings(of position: Int, _ outline: ConversationOutline) -> UInt64? {
        if outline.mayBeAnsweredElsewhere { return nil }
        if !oddities.loopback.isEmpty, isLooped(position) { return nil }
        if isStrayed(position) || crossesOddly(position) || strays.concerns(position) { return nil }
        if pairs.isAlone(position) {
            return outline.isShortLived
                ? nil : mixed(1, outline.subject.responder, in: outline.network) &+ besides(position, outline)
        }
        // What a repeated SYN leaves out is held against the others.
        let subject = outline.subject
        let pair = Pair(outline)
        let key = Surroundings(
            pair: pair, transport: subject.flow?.transport, target: subject.flow?.destination)
        if outline.isOpened, subject.flow?.transport == .tcp, isOpenedLate(position) {
            if areTroubled(position, key) || attempt(.primary, table.conversation(at: position)).hasECNFallback {
                return nil
            }
        }
        if let known = surroundings[key] { return known.map { $0.mixed(for: outline) &+ besides(position, outline) } }
        let relatives = relatives(of: position, pair)
        var result: Known?
        if !relatives.hasShortLived {
            let siblings = relatives.mayConcern(subject.flow)
            var controls: UInt64 = 1
            for sibling in self.controls(besides: subject.flow, relatives.siblings) {
                controls = (controls ^ table.outline(at: sibling).signature) &* 0x9E37_79B9_7F4A_7C15
            }
            let opened = siblings.filter { table.isOpened($0, at: subject.flow) }.map {
                table.outline(at: $0).firstSeen
            }
            result = Known(
                controls: mixed(controls, subject.responder, in: outline.network), firstOpened: opened.min(),
                lastOpened: opened.max(), isRefusedInTurn: table.isRefusedInTurn(siblings, at: subject.flow))
        }
        surroundings[key] = .some(result)
        return result.map { $0.mixed(for: outline) &+ besides(position, outline) }
    }

    private mutating func relatives(of position: Int, _ pair: Pair) -> Relatives {
        if let known = relatives[pair] { return known }
        let made = Relatives(pairs.siblings(of: position, in: table, most: Self.mostSiblings), in: table)
        if made.isWorthKeeping { relatives[pair] = made }
        return made
    }

    /// Whether enough of those to the same target were opened late, or not at all, for more than one packet that was lost.
    private mutating func areTroubled(_ position: Int, _ key: Surroundings) -> Bool {
        if let known = troubled[key] { return known >= Self.fewestTroubled }
        let others = relatives(of: position, key.pair).mayConcern(table.subject(at: position).flow)
        let count = others.count { sibling in
            guard let flow = table.subject(at: sibling).flow, flow.transport == .tcp, flow.destination == key.target
            else { return false }
            guard table.isOpened(sibling, at: flow) else { return true }
            return table.handshakeTimes(at: sibling).map { $0.toResponder >= Self.late }
                ?? table.isSentAgain(at: sibling)
        }
        troubled[key] = count
        return count >= Self.fewestTroubled
    }

    private static let fewestTroubled = 3

    /// Whether others are served that this one is not.
    @inline(__always)
    private func besides(_ position: Int, _ outline: ConversationOutline) -> UInt64 {
        outline.isOpened || servedBeside(position, outline) == nil ? 0 : 256
    }

    /// What conversations of one client with one target have in common.
    struct Known {
        var controls: UInt64
        /// When the first and the last of them began that were answered.
        var firstOpened: Instant?
        var lastOpened: Instant?
        /// One was refused between others that were not.
        var isRefusedInTurn: Bool

        /// One that was not answered has those that were, before it and behind.
        func mixed(for outline: ConversationOutline) -> UInt64 {
            guard let firstOpened, let lastOpened, !outline.isOpened else { return controls }
            return controls &+ (firstOpened < outline.firstSeen ? 16 : 0) &+ (lastOpened > outline.firstSeen ? 32 : 0)
                &+ (isRefusedInTurn ? 64 : 0)
        }
    }

    /// With what is known of the responder besides.
    private func mixed(_ controls: UInt64, _ responder: IPAddress, in network: UInt16) -> UInt64 {
        var mixed = controls
        if let exchange = table.exchange(with: responder, in: network) {
            mixed &+= exchange.isUnanswered ? 2 : 4
        }
        if isCapturedAt(responder, in: network) { mixed &+= 8 }
        if network == 0, linkHolders(of: responder).count > 1 { mixed &+= 128 }
        return mixed
    }

    struct Surroundings: Hashable {
        var pair: Pair
        var transport: Transport?
        var target: Endpoint?
    }

    /// Conversations of the same two hosts with something else than this target: a few of them prove as much as many.
    private func controls(besides flow: Flow?, _ siblings: [Int]) -> [Int] {
        var found: [Int] = []
        for sibling in siblings where found.count < Self.mostControls {
            let other = table.subject(at: sibling).flow
            guard let other, let flow, other.transport == flow.transport, other.destination == flow.destination else {
                found.append(sibling)
                continue
            }
        }
        return found
    }

    struct Pair: Hashable {
        var initiator: IPAddress
        var responder: IPAddress
        var network: UInt16

        init(_ outline: ConversationOutline) {
            initiator = outline.subject.initiator
            responder = outline.subject.responder
            network = outline.network
        }
    }
}
