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

    /// What is more than one ledger keeps stays, until all have come: see ``bounded``.
    ///
    /// - Parameter other: numbered as the whole capture is.
    public mutating func add(_ other: CaptureLedger) {
        for (key, from) in other.places.sorted(by: { $0.value < $1.value }) {
            if let place = places[key] {
                entries[place].add(other.entries[from])
            } else {
                append(key, other.entries[from])
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
        for (name, tally) in other.talk { talk[placeOfTalk(name)].tally.add(tally) }
        tap.add(other.tap)
    }

    /// Those that are kept of what several found: the first of the capture, and the first of each kind.
    var bounded: CaptureLedger {
        var kept = self
        kept.removeFindings()
        for (key, place) in places.sorted(by: { entries[$0.value].firstNumber < entries[$1.value].firstNumber }) {
            if kept.hasRoom(for: key) {
                kept.append(key, entries[place])
            } else {
                kept.forgotten += entries[place].diagnosis.conversation?.count ?? 1
            }
        }
        return kept
    }
}

extension CaptureLedger.Entry {
    fileprivate var firstNumber: Int { diagnosis.conversation?.numbers.first ?? 0 }

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
