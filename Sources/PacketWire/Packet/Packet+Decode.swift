extension Packet {
    /// Takes a frame apart as far as it can be read. Never fails: `stop` says what ended it early.
    ///
    /// - Parameter originalLength: the frame's length on the wire, from the capture's record header; anything
    ///   below the captured length counts as that.
    ///
    /// Whoever has very many has each filled where it stays, with `fill(from:)`: copying one costs as much as decoding it.
    @inlinable
    public static func decode(_ frame: Span<UInt8>, linkType: LinkType, originalLength: Int) -> Packet {
        var packet = Packet(linkType: linkType, capturedLength: frame.count, originalLength: originalLength)
        packet.decodeFrame(frame)
        return packet
    }

    /// Takes apart the frame that the packet was made for.
    @inlinable
    public mutating func fill(from frame: Span<UInt8>) { decodeFrame(frame) }

    /// Takes a packet apart that begins with an IP header at `offset`: raw IP, a datagram put together from
    /// fragments, or a packet that somebody quotes.
    @inlinable
    public static func decode(_ frame: Span<UInt8>, networkLayerAt offset: Int, originalLength: Int) -> Packet {
        var packet = Packet(linkType: .rawIP, capturedLength: frame.count, originalLength: originalLength)
        packet.decodeFrame(frame, networkLayerAt: offset)
        return packet
    }

    @usableFromInline
    mutating func decodeFrame(_ frame: Span<UInt8>) {
        do throws(DecodeError) {
            if linkType == .ethernet {
                try decodeEthernet(frame, at: 0, wireEnd: originalLength)
            } else {
                try decodeLink(frame, linkType, at: 0, wireEnd: originalLength)
            }
        } catch {
            stop = error
        }
    }

    @usableFromInline
    mutating func decodeFrame(_ frame: Span<UInt8>, networkLayerAt offset: Int) {
        link = .rawIP
        do throws(DecodeError) {
            try decodeIP(frame, at: offset, wireEnd: originalLength)
        } catch {
            stop = error
        }
    }

    @inline(__always)
    mutating func decodeEthernet(_ frame: Span<UInt8>, at offset: Int, wireEnd: Int) throws(DecodeError) {
        let header = try EthernetHeader(decoding: frame, at: offset)
        link = .ethernet(header)
        let start = offset &+ EthernetHeader.length
        if header.typeOrLength == EtherType.ipv4.rawValue || header.typeOrLength == EtherType.ipv6.rawValue {
            return try decodeIP(
                frame, at: start, wireEnd: wireEnd,
                expecting: header.typeOrLength == EtherType.ipv4.rawValue ? 4 : 6)
        }
        if header.typeOrLength < EtherType.smallest, ISLHeader.isPresent(frame, at: offset) {
            return try decodeISL(frame, at: offset, wireEnd: wireEnd)
        }
        try decodeTypeOrLength(frame, header.typeOrLength, at: start, wireEnd: wireEnd)
    }

    /// What is not decoded yet begins at `offset` and ends at `wireEnd`.
    @inline(__always)
    mutating func moveOn(to offset: Int, wireEnd: Int) {
        let end = Swift.min(wireEnd, readableEnd)
        payload = Swift.min(offset, end)..<end
        payloadLengthOnWire = Swift.max(wireEnd &- offset, 0)
    }

    /// Notes one more header around the packet.
    mutating func wrap(
        _ kind: Encapsulation.Kind, _ identifier: UInt32, at offset: Int, _ layer: DecodeError.Layer
    ) throws(DecodeError) {
        guard encapsulations.total < Encapsulations.limit else {
            throw DecodeError(layer, at: offset, .chainTooLong(limit: Encapsulations.limit))
        }
        encapsulations.append(Encapsulation(kind, rawIdentifier: identifier, offset: offset))
    }
}
