import CaptureReplay
import Conversations
import Diagnosis
import PacketWire

/// Follows connection attempts until it is known what came of them, in bounded memory: what is decided is forgotten
/// but for its name, and after many conversations a new table begins, beside which the old one lasts until its last
/// attempt is decided.
struct AttemptFollower {
    typealias Decided = (TargetDiagnosis, Conversation) -> Void

    /// Silence that is long enough to be called one: the third SYN has gone unanswered by then.
    static let silence = TimeSpan.milliseconds(3_500)

    private let capacity: Int
    private var current: Generation
    private var previous: Generation?
    /// Packets of attempts that there was no room for.
    private(set) var notFollowed = 0

    init(capacity: Int = 20_000) {
        self.capacity = capacity
        current = Generation(capacity: capacity)
    }

    mutating func observe(_ packet: Packet, in bytes: Span<UInt8>, frame: Int, at now: Instant, _ decided: Decided) {
        if let index = previous?.index(of: packet), previous?.undecided[index] != nil {
            previous?.observe(packet, in: bytes, frame: frame, at: now, decided)
            return
        }
        if current.table.conversations.count >= capacity, previous == nil {
            previous = current
            current = Generation(capacity: capacity)
        }
        current.observe(packet, in: bytes, frame: frame, at: now, decided)
    }

    /// Reports what has been silent for so long that it is called silence.
    mutating func settle(at now: Instant, _ decided: Decided) {
        previous?.settle(at: now, decided)
        current.settle(at: now, decided)
        guard let old = previous, old.undecided.isEmpty else { return }
        notFollowed += old.table.overflow
        previous = nil
    }

    /// Reports all that is left.
    mutating func finish(at now: Instant, _ decided: Decided) {
        previous?.finish(at: now, decided)
        current.finish(at: now, decided)
        notFollowed += (previous?.table.overflow ?? 0) + current.table.overflow
        previous = nil
        current = Generation(capacity: capacity)
    }

    /// One table with what is known of each conversation in it.
    private struct Generation {
        private(set) var table: ConversationTable
        /// Since when an attempt waits.
        private(set) var undecided: [Int: Instant] = [:]
        /// Nothing more will be said of these, and their packets need not be looked at.
        private var isDone: [Bool] = []
        private var byFlow: [Flow: Int] = [:]

        /// What becomes of a connection after its opening is not followed here.
        init(capacity: Int) { table = ConversationTable(capacity: capacity, analyzesSegments: false) }

        func index(of packet: Packet) -> Int? {
            guard let flow = packet.flow ?? packet.icmp?.quoted?.flow else { return nil }
            return byFlow[flow] ?? byFlow[flow.reversed]
        }

        mutating func observe(
            _ packet: Packet, in bytes: Span<UInt8>, frame: Int, at now: Instant, _ decided: Decided
        ) {
            // Only a SYN makes something new of ports that are known.
            if let known = index(of: packet), isDone[known], packet.tcp?.flags.contains(.syn) != true { return }
            let index = table.observe(
                packet, frame: frame, at: now, quote: PacketQuote(packet, in: bytes),
                identifier: packet.datagramIdentifier(in: bytes)
            ) { packet.checksums(in: bytes) }
            guard let index else { return }
            while isDone.count <= index { isDone.append(false) }
            guard !isDone[index], let flow = table.conversations[index].flow else { return }
            byFlow[flow] = index
            switch table.conversations[index].state {
            case .waiting: undecided[index] = table.conversations[index].firstSeen
            case .decided: report(index, at: now, decided)
            case .beganBefore: isDone[index] = true
            }
        }

        mutating func settle(at now: Instant, _ decided: Decided) {
            guard !undecided.isEmpty else { return }
            for index in undecided.filter({ now - $0.value >= AttemptFollower.silence }).keys.sorted() {
                report(index, at: now, decided)
            }
        }

        mutating func finish(at now: Instant, _ decided: Decided) {
            for index in undecided.keys.sorted() { report(index, at: now, decided) }
        }

        private mutating func report(_ index: Int, at now: Instant, _ decided: Decided) {
            undecided[index] = nil
            isDone[index] = true
            guard let facts = table.facts(ofConversation: index, observedUntil: now) else { return }
            decided(facts.diagnose(), table.conversations[index])
        }
    }
}
