import Diagnosis
import PacketWire

/// Ledgers of several shares of one capture become one: as if one had judged everything.
extension CaptureLedger {
    /// Gives conversations other numbers, in the same order.
    public mutating func renumber(_ number: (Int) -> Int) {
        for place in entries.indices {
            entries[place].namedBy = entries[place].namedBy.map(number)
            if let digest = entries[place].diagnosis.conversation {
                entries[place].diagnosis.conversation?.numbers = digest.numbers.map(number)
            }
        }
    }

    /// - Parameter other: numbered as the whole capture is.
    public mutating func add(_ other: CaptureLedger) {
        // In their order: where there are too many, it is no chance which are kept.
        for (key, from) in other.places.sorted(by: { $0.value < $1.value }) {
            let entry = other.entries[from]
            if let place = places[key] {
                entries[place].add(entry)
            } else if entries.count < Self.mostFindings {
                places[key] = entries.count
                entries.append(entry)
            } else {
                forgotten += entry.diagnosis.conversation?.count ?? 1
            }
        }
        judged.merge(other.judged, uniquingKeysWith: +)
        healthy += other.healthy
        others += other.others
        remnants += other.remnants
        toGroups += other.toGroups
        addresses.add(other.addresses)
        forgotten += other.forgotten
        oneSided += other.oneSided
        bothSided += other.bothSided
        began += other.began
        oversized += other.oversized
        for (name, tally) in other.spoken { spoken[name, default: ApplicationTally()].add(tally) }
        tap.add(other.tap)
    }
}

extension CaptureLedger.Entry {
    /// The first conversation of all stays the one that is told.
    fileprivate mutating func add(_ other: CaptureLedger.Entry) {
        guard let mine = diagnosis.conversation, let theirs = other.diagnosis.conversation else { return }
        let isLater = (mine.numbers.first ?? 0) > (theirs.numbers.first ?? 0)
        if isLater { diagnosis = other.diagnosis }
        diagnosis.conversation?.count = mine.count + theirs.count
        diagnosis.conversation?.numbers = Array(
            (mine.numbers + theirs.numbers).sorted().prefix(CaptureLedger.mostNamed))
        diagnosis.conversation?.firstSeen = min(mine.firstSeen, theirs.firstSeen)
        diagnosis.conversation?.lastSeen = max(mine.lastSeen, theirs.lastSeen)
        let named = zip(namedBy + other.namedBy, mine.initiators + theirs.initiators).sorted { $0.0 < $1.0 }
        var (numbers, initiators): ([Int], [IPAddress]) = ([], [])
        for (number, initiator) in named
        where initiators.count < CaptureLedger.mostNamed && !initiators.contains(initiator) {
            numbers.append(number)
            initiators.append(initiator)
        }
        namedBy = numbers
        diagnosis.conversation?.initiators = initiators
        Self.add(other.initiators, to: &self.initiators)
        Self.add(other.responders, to: &responders)
    }

    private static func add(_ more: Set<IPAddress>, to known: inout Set<IPAddress>) {
        for address in more where known.count < ConversationDigest.mostInitiators { known.insert(address) }
    }
}
