import PacketWire

/// Letting conversations go: a table holds those that are open, and what has ended makes room.
extension ConversationTable {
    /// How long nothing may have been seen of a conversation, before it counts as ended.
    public struct Patience: Sendable {
        /// After both ends said that they are done, or one reset it: late repetitions still come.
        public var closed = TimeSpan.seconds(5)
        /// Datagrams that were answered.
        public var answered = TimeSpan.seconds(30)
        /// A SYN that nobody answers is repeated after 63 s at the latest: Linux, tcp_syn_retries of 6.
        public var waiting = TimeSpan.seconds(75)

        public init() {}
    }

    /// Positions of those that have ended by `now`; where they are too few, those of which nothing was seen for
    /// longest as well, until `most` are left. `cutShort` of the latter had not ended.
    public func ended(by now: Instant, leaving most: Int, patience: Patience = Patience()) -> (
        positions: [Int], cutShort: Int
    ) {
        var ended: [Int] = []
        var open: [(lastSeen: Instant, position: Int)] = []
        for (position, track) in tracks.enumerated() {
            if now - track.lastSeen >= wait(for: track, patience) {
                ended.append(position)
            } else {
                open.append((track.lastSeen, position))
            }
        }
        guard open.count > most else { return (ended, 0) }
        let surplus = open.count - most
        open.sort { ($0.lastSeen, $0.position) < ($1.lastSeen, $1.position) }
        let cut = open.prefix(surplus)
        let cutShort = cut.count { !ConversationOutline(track: tracks[$0.position]).isClosed }
        return ((ended + cut.map(\.position)).sorted(), cutShort)
    }

    private func wait(for track: ConversationTrack, _ patience: Patience) -> TimeSpan {
        let outline = ConversationOutline(track: track)
        if outline.isClosed || track.events.contains(.refused) { return patience.closed }
        if track.subject.flow?.transport == .tcp {
            // What stands may be silent for as long as it likes.
            return track.events.contains(.answered) ? .seconds(3_600) : patience.waiting
        }
        return track.events.contains(.answered) ? patience.answered : patience.waiting
    }

    /// Takes them out. Positions change, numbers stay; ladders of datagrams that were under way are forgotten.
    ///
    /// - Parameter positions: ascending.
    public mutating func remove(_ positions: [Int]) {
        guard let first = positions.first else { return }
        // What stays moves up, where it is: other memory for so much would cost more than the moving.
        var gone = positions[...]
        var kept = first
        for position in first..<tracks.count {
            if gone.first == position {
                gone = gone.dropFirst()
                forget(position)
                continue
            }
            tracks[kept] = tracks[position]
            kept += 1
        }
        tracks.removeLast(tracks.count - kept)
        count = kept
        ladders.removeAll()
        indexAnew()
    }

    /// Makes room where what belongs to a conversation stands.
    private mutating func forget(_ position: Int) {
        arena.remove(
            from: tracks[position].first, to: tracks[position].last, count: Int(tracks[position].kept),
            hasWholes: tracks[position].events.contains(.keptWhole))
        let (analysis, reader) = (tracks[position].analysis, tracks[position].reader)
        let application = tracks[position].application
        // It holds memory only of stalls, which few have.
        if analysis != PacketArena.none { analyses.release(analysis) }
        if reader != PacketArena.none { readers.remove(at: reader, leaving: ApplicationReader()) }
        if application != PacketArena.none { applications.remove(at: application, leaving: .nothing) }
    }

    private mutating func indexAnew() {
        index.removeAll()
        openings.removeAll()
        for position in tracks.indices {
            let subject = tracks[position].subject
            let network = tracks[position].network
            if let known = self.position(of: subject, in: network) {
                index.move(hash(subject), from: known, to: position)
            } else {
                index.insert(hash(subject), position)
            }
            guard tracks[position].hasOpening else { continue }
            let number = tracks[position].openingNumber
            if let known = openings.first(
                hash(number: number),
                where: {
                    $0 < position && tracks[$0].openingNumber == number && tracks[$0].hasOpening
                        && tracks[$0].network == network
                })
            {
                openings.move(hash(number: number), from: known, to: position)
            } else {
                openings.insert(hash(number: number), position)
            }
        }
    }
}
