extension Packet {
    /// Verifies the IPv4 header's and the transport's checksum over the frame that this packet came from.
    public func checksums(in frame: Span<UInt8>) -> ChecksumReport {
        ChecksumReport(ipv4Header: ipv4HeaderChecksum(frame), transport: transportChecksum(frame))
    }

    private func ipv4HeaderChecksum(_ frame: Span<UInt8>) -> ChecksumState? {
        guard case .ipv4(let header) = network else { return nil }
        let end = networkOffset &+ header.headerLength
        guard end <= frame.count else { return .unverifiable }
        let state = Self.state(
            InternetChecksum(), frame, networkOffset..<end, fieldAt: networkOffset &+ 10, found: header.checksum)
        if case .wrong(0, _) = state { return .partial }
        return state
    }

    private func transportChecksum(_ frame: Span<UInt8>) -> ChecksumState? {
        let found: UInt16
        let field: Int
        var length = transportLengthOnWire
        let proto: IPProtocol
        // The headers are looked at where they stand: copying one costs as much as its sum.
        switch transportKind {
        case .tcp: (found, field, proto) = (tcpStorage.checksum, 16, .tcp)
        case .udp:
            (found, field, proto) = (udpStorage.checksum, 6, .udp)
            if found == 0, family == .v4 { return .notComputed }
            let total = Int(udpStorage.totalLength)
            if total != 0 {
                guard total >= UDPHeader.length, total <= length else { return .unverifiable }
                length = total
            }
        case .icmp:
            guard let message = icmpStorage else { return nil }
            (found, field, proto) = (message.checksum, 2, message.family == .v4 ? .icmpv4 : .icmpv6)
        case .fragment, .other, .portsOnly, .none: return nil
        }
        guard let source, let destination, fragment?.isAtomic ?? true, segmentsLeft == 0,
            transportOffset >= 0, transportOffset <= frame.count,
            length <= frame.count &- transportOffset, length >= field &+ 2
        else { return .unverifiable }

        var pseudo = InternetChecksum()
        if proto != .icmpv4 { pseudo.addPseudoHeader(from: source, to: destination, proto, length: length) }
        let range = transportOffset..<transportOffset &+ length
        let state = Self.state(pseudo, frame, range, fieldAt: transportOffset &+ field, found: found)
        guard case .wrong = state, proto == .tcp || proto == .udp else { return state }
        // Linux fills in the pseudo header with the length, drivers that cut segments without it.
        var withoutLength = InternetChecksum()
        withoutLength.addPseudoHeader(from: source, to: destination, proto, length: 0)
        return found == pseudo.folded || found == withoutLength.folded ? .partial : state
    }

    /// `0` and `0xFFFF` are the same number in ones' complement, so the sum over everything decides, the field
    /// included.
    private static func state(
        _ start: InternetChecksum, _ frame: Span<UInt8>, _ range: Range<Int>, fieldAt field: Int, found: UInt16
    ) -> ChecksumState {
        var whole = start
        whole.add(frame, range)
        guard whole.folded != 0xFFFF else { return .valid }
        var others = start
        others.add(frame, range.lowerBound..<field)
        others.add(frame, field &+ 2..<range.upperBound)
        return .wrong(found: found, expected: others.checksum)
    }
}
