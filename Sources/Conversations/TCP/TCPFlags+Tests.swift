import PacketWire

/// Questions about a segment that the analysis asks more than once.
extension TCPFlags {
    /// RFC 9293 section 3.4: SYN and FIN take a place in the sequence space. No segment has a use for both.
    @inline(__always)
    var hasSYNOrFIN: Bool { !isDisjoint(with: [.syn, .fin]) }
    @inline(__always)
    var hasSYNOrRST: Bool { !isDisjoint(with: [.syn, .rst]) }
    @inline(__always)
    var hasFINOrRST: Bool { !isDisjoint(with: [.fin, .rst]) }
    @inline(__always)
    var hasSYNFINOrRST: Bool { !isDisjoint(with: [.syn, .fin, .rst]) }
    /// Past the handshake, or its end.
    @inline(__always)
    var isACKWithoutSYN: Bool { intersection([.syn, .ack]) == .ack }
    /// Somebody opens.
    @inline(__always)
    var isSYNWithoutACK: Bool { intersection([.syn, .ack]) == .syn }
    @inline(__always)
    var isSYNACK: Bool { isSuperset(of: [.syn, .ack]) }
}
