/// The fragments of one datagram that have come so far.
struct IncompleteDatagram {
    let serial: Int
    let began: Int64
    let isIPv6: Bool

    private struct Piece {
        var offset: Int
        var bytes: [UInt8]
        var frame: Int
        var end: Int { offset + bytes.count }
    }

    /// In the order of their offsets, without overlaps.
    private var pieces: [Piece] = []
    /// From the first fragment: what stands in front of the whole datagram.
    private var headers: (place: FragmentPlace, bytes: [UInt8], encapsulations: Encapsulations)?
    /// Where the last fragment ends.
    private var end: Int?
    /// Held for nothing but to refuse what still comes.
    private(set) var isDiscarded = false
    private(set) var bytes = 0

    init(serial: Int, began: Int64, isIPv6: Bool) {
        self.serial = serial
        self.began = began
        self.isIPv6 = isIPv6
    }

    mutating func add(
        _ fragment: IPFragment, _ place: FragmentPlace, _ packet: Packet, _ frame: Span<UInt8>, number: Int,
        _ limits: FragmentReassembler.Limits
    ) -> FragmentReassembler.Outcome {
        guard !isDiscarded else { return .refused(.discarded) }
        let count = place.data.count
        guard count > 0, !fragment.moreFragments || count % 8 == 0 else { return .refused(.badLength) }
        let range = fragment.offset..<fragment.offset + count
        // RFC 791's total length counts the header as well, RFC 8200's payload length the extension headers.
        guard range.upperBound <= 65_535 else { return discard(.tooLong) }
        if let end, fragment.moreFragments ? range.upperBound > end : range.upperBound != end {
            return discard(.contradictoryEnd)
        }
        if !fragment.moreFragments {
            if let last = pieces.last, last.end > range.upperBound { return discard(.contradictoryEnd) }
            end = range.upperBound
        }
        let position = pieces.firstIndex { $0.offset >= range.lowerBound } ?? pieces.count
        switch overlap(range, place, frame, position) {
        case .none: break
        case .same: return .duplicate
        case .other: return discard(.overlap)
        }
        guard pieces.count < limits.fragmentsPerDatagram else { return discard(.tooManyFragments) }
        pieces.insert(
            Piece(offset: range.lowerBound, bytes: place.data.map { frame[$0] }, frame: number), at: position)
        bytes += count
        if fragment.isFirst { headers = (place, place.headers.map { frame[$0] }, packet.encapsulations) }
        return whole() ?? .held
    }

    private enum Overlap {
        case none, same, other
    }

    /// Compares with the neighbours of the place where the fragment would stand. One that lies within what is
    /// there, byte for byte, is a duplicate: in IPv6 only as a whole (RFC 8200 section 4.5).
    private func overlap(_ range: Range<Int>, _ place: FragmentPlace, _ frame: Span<UInt8>, _ position: Int) -> Overlap
    {
        var covered = 0
        var index = position > 0 ? position - 1 : 0
        while index < pieces.count, pieces[index].offset < range.upperBound {
            let piece = pieces[index]
            let common =
                max(
                    piece.offset, range.lowerBound)..<max(
                    min(piece.end, range.upperBound), piece.offset, range.lowerBound)
            for offset in common
            where piece.bytes[offset - piece.offset] != frame[place.data.lowerBound + offset - range.lowerBound] {
                return .other
            }
            if isIPv6, !common.isEmpty, piece.offset..<piece.end != range { return .other }
            covered += common.count
            index += 1
        }
        if covered == 0 { return .none }
        return covered == range.count ? .same : .other
    }

    /// The first fragment, where it came: with headers as if it were all.
    var abandoned: AbandonedDatagram {
        var datagram = AbandonedDatagram(began: began, fragments: pieces.count)
        if let headers = bareHeaders, let first = pieces.first, first.offset == 0,
            let start = headers.place.wholeHeaders(headers.bytes.span, length: first.bytes.count)
        {
            datagram.first = start + first.bytes
            datagram.encapsulations = headers.encapsulations
            datagram.frame = first.frame
        }
        return datagram
    }

    private mutating func discard(_ reason: FragmentReassembler.Refusal) -> FragmentReassembler.Outcome {
        isDiscarded = true
        pieces = []
        headers = nil
        bytes = 0
        return .refused(reason)
    }

    /// The first fragment's headers without the frame that they stood in.
    private var bareHeaders: (place: FragmentPlace, bytes: [UInt8], encapsulations: Encapsulations)? {
        guard var headers else { return nil }
        headers.place.headers = 0..<headers.bytes.count
        return headers
    }

    /// The datagram, once nothing is missing.
    private mutating func whole() -> FragmentReassembler.Outcome? {
        guard let end, bytes == end, let headers = bareHeaders else { return nil }
        guard var result = headers.place.wholeHeaders(headers.bytes.span, length: end) else {
            return discard(.tooLong)
        }
        for piece in pieces { result += piece.bytes }
        return .datagram(ReassembledDatagram(bytes: result, frames: pieces.map(\.frame)))
    }
}
