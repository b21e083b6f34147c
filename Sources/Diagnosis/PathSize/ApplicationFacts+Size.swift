import Conversations

extension ApplicationFacts {
    /// Nothing came any more, nobody ended it, and what else was said does not show that it is something else than the
    /// size of packets: a filter that reads a name is fooled by small segments, too.
    public var mayStallBySize: Bool {
        if case .silence? = http?.end { return true }
        guard case .broken(.silence)? = tls?.outcome else { return false }
        switch HelloReading(self) {
        case .unknown, .anyHello, .length(.fullPackets), .length(.unknown): return true
        case .chance, .name, .applicationProtocol, .version, .cut, .exactly, .length(.secondSegment), .length(.bytes):
            return false
        }
    }

    /// The far end's TCP took what was said, or not; nil where that is not known, or no question.
    public var isTaken: Bool? { ending?.isAcknowledged }

    /// For how long nothing came; nil where something did, or an end.
    var silence: TimeSpan? { ending?.span }

    private var ending: (span: TimeSpan, isAcknowledged: Bool?)? {
        if case .silence(let span, let isAcknowledged)? = http?.end { return (span, isAcknowledged) }
        if case .broken(.silence(let span, let isAcknowledged))? = tls?.outcome { return (span, isAcknowledged) }
        return nil
    }
}
