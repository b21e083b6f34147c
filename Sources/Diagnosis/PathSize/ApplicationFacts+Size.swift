import Conversations

extension ApplicationFacts {
    /// Nothing came any more, nobody ended it, and what else was said does not show that it is something else than the
    /// size of packets: a filter that reads a name is fooled by small segments, too.
    public var mayStallBySize: Bool {
        if case .silence? = http?.end { return true }
        if let words, case .silence(_, isAcknowledged: false)? = words.end { return !words.fitAnyPath }
        guard case .broken(.silence)? = tls?.outcome else { return false }
        switch HelloReading(self) {
        case .unknown, .anyHello, .length(.fullPackets), .length(.unknown), .size: return true
        case .chance, .name, .applicationProtocol, .version, .cut, .exactly, .length(.secondSegment), .length(.bytes):
            return false
        }
    }

    /// How the dialogue broke off, at whatever was said last; nil where it did not.
    public var brokeOff: DialogueEnd? {
        if let end = tunnel?.end ?? socks?.end ?? http?.end ?? words?.end { return end }
        if case .broken(let end)? = upgrade?.outcome { return end }
        if case .broken(let end)? = tls?.outcome { return end }
        return nil
    }

    /// What was said last: TLS, or what comes behind it.
    var stage: Stage { http == nil && words == nil ? .tls : .application }

    /// The far end's TCP took what was said, or not; nil where that is not known, or no question.
    public var isTaken: Bool? {
        if case .silence(_, let isAcknowledged)? = brokeOff { isAcknowledged } else { nil }
    }

    /// For how long nothing came; nil where something did, or an end.
    var silence: TimeSpan? {
        if case .silence(let span, _)? = brokeOff { span } else { nil }
    }
}
