import PacketWire

/// The short way of nearly every packet: a plain segment of a connection that is known.
extension ConversationTable {
    /// Files a frame and reads what is said in it, without taking it apart, where it holds a plain segment: see
    /// `SegmentOutline.fill(plain:originalLength:)`.
    ///
    /// - Parameters:
    ///   - frame: of Ethernet.
    ///   - originalLength: the frame's length on the wire.
    ///   - number: of the frame.
    /// - Returns: false where it holds anything else, begins a conversation, or has a checksum that is not right. Then
    ///   nothing was done, and the packet that it holds is to be observed.
    public mutating func take(plain frame: Span<UInt8>, originalLength: Int, number: Int, at: Instant) -> Bool {
        var segment = SegmentOutline()
        return segment.fill(plain: frame, originalLength: originalLength)
            && take(segment, in: frame, number: number, at: at)
    }

    /// What does not change is handed on without a copy.
    @inline(never)
    private mutating func take(_ segment: SegmentOutline, in frame: Span<UInt8>, number: Int, at: Instant) -> Bool {
        guard let (position, fromInitiator) = position(of: segment.flow, in: 0) else { return false }
        if tracks[position].keeps(segment.header.flags) {
            guard segment.hasRightChecksums(in: frame) else { return false }
            damage.noteSound(from: segment.source)
        }
        let copies = duplicates
        take(segment, frame: number, at: at, fromInitiator: fromInitiator, position) { nil }
        // What the capture has twice was said once.
        if duplicates == copies {
            read(segment, in: frame, number: number, at: at, position: position, fromInitiator: fromInitiator)
        }
        return true
    }
}
