import Conversations
import Diagnosis
import PacketWire

/// The short way of segments that open a connection or reset one, where they are as plain as nearly all of them: see
/// `SegmentOutline.fill(opening:originalLength:)`. Every analyzer of a shared capture looks at each of them.
extension CaptureAnalyzer {
    /// Takes the segment that the frame holds; false where it holds anything else, or its checksums are not right. Then
    /// nothing of it is noted.
    ///
    /// - Parameter frame: of Ethernet, of which the file says nothing besides.
    @inline(never)
    mutating func addOpening(_ frame: Span<UInt8>, originalLength: Int, number: Int, at: Instant) -> Bool {
        var segment = SegmentOutline()
        guard segment.fill(opening: frame, originalLength: originalLength), segment.hasRightChecksums(in: frame),
            let link = try? EthernetHeader(decoding: frame, at: 0)
        else { return false }
        if at > end { end = at }
        let isHeld = options.share?.holds(segment.source, segment.destination) ?? true
        if isHeld {
            digest.packets &+= 1
            digest.bytes &+= frame.count
        }
        quality.note(opening: segment, link, frame: number, at: at)
        if options.share != nil, segment.header.flags.contains(.syn) { strays.note(opening: segment) }
        guard isHeld else { return true }
        _ = table.take(opening: segment, number: number, at: at)
        noteBeginning()
        if table.count >= held { release() }
        return true
    }

    /// Of a share: with how many frames behind it the latest conversation began.
    @inline(__always)
    mutating func noteBeginning() {
        if options.share != nil, table.total > beginnings.count { beginnings.append(UInt32(clamping: turns)) }
    }
}
