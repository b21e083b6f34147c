import PacketWire
import Testing

struct ChecksumTests {
    static func frames(_ family: IPFamily) -> [(name: String, frame: [UInt8], field: Int)] {
        let from = builder(family, .rawIP)
        let start = family == .v4 ? 20 : 40
        return [
            ("TCP", from.tcp(TCPHeader(from: 1, to: 2, .ack), payload: [1, 2, 3]), start + 16),
            ("UDP", from.udp(from: 1, to: 2, payload: [1, 2, 3]), start + 6),
            ("ICMP", from.echo(identifier: 1, sequence: 2, payload: [1, 2, 3]), start + 2),
        ]
    }

    @Test(arguments: IPFamily.allCases)
    func whatIsBuiltIsValidAndAnyChangeIsSeen(_ family: IPFamily) {
        for (name, frame, field) in Self.frames(family) {
            #expect(decode(frame, .rawIP).checksums(in: frame.span).transport == .valid, "\(name)")
            var damaged = frame
            damaged[frame.count - 1] ^= 0x10
            let right = UInt16(frame[field]) << 8 | UInt16(frame[field + 1])
            guard case .wrong(let found, let expected)? = decode(damaged, .rawIP).checksums(in: damaged.span).transport
            else {
                Issue.record("\(name): the change was not seen")
                continue
            }
            #expect(found == right && expected != right)
            damaged[field] = UInt8(expected >> 8)
            damaged[field + 1] = UInt8(truncatingIfNeeded: expected)
            #expect(decode(damaged, .rawIP).checksums(in: damaged.span).transport == .valid)
        }
    }

    /// Linux leaves the folded pseudo header, with the length; drivers that cut segments, without.
    @Test(arguments: IPFamily.allCases, [true, false])
    func whatTheCardFillsInLaterIsNotWrong(_ family: IPFamily, _ withLength: Bool) {
        for (name, frame, field) in Self.frames(family) where name != "ICMP" {
            var words: [UInt32] = [name == "TCP" ? 6 : 17]
            if withLength { words.append(UInt32(frame.count - (family == .v4 ? 20 : 40))) }
            let addresses = family == .v4 ? 12..<20 : 8..<40
            for index in stride(from: addresses.lowerBound, to: addresses.upperBound, by: 2) {
                words.append(UInt32(frame[index]) << 8 | UInt32(frame[index + 1]))
            }
            var sum = words.reduce(0, +)
            while sum > 0xFFFF { sum = sum & 0xFFFF + sum >> 16 }
            var unfilled = frame
            unfilled[field] = UInt8(sum >> 8)
            unfilled[field + 1] = UInt8(sum & 0xFF)
            let report = decode(unfilled, .rawIP).checksums(in: unfilled.span)
            #expect(report.transport == .partial, "\(name)")
            #expect(!report.isWrong)
        }
    }

    @Test func ipv4sOwnChecksumIsVerified() {
        var frame = builder(.v4, .rawIP).udp(from: 1, to: 2)
        #expect(decode(frame, .rawIP).checksums(in: frame.span).ipv4Header == .valid)
        let right = UInt16(frame[10]) << 8 | UInt16(frame[11])
        frame[10] = 0
        frame[11] = 0
        #expect(decode(frame, .rawIP).checksums(in: frame.span).ipv4Header == .partial)
        frame[11] = 1
        let report = decode(frame, .rawIP).checksums(in: frame.span)
        #expect(report.ipv4Header == .wrong(found: 1, expected: right))
        #expect(report.isWrong)
        let v6 = builder(.v6, .rawIP).udp(from: 1, to: 2)
        #expect(decode(v6, .rawIP).checksums(in: v6.span).ipv4Header == nil)
    }

    /// RFC 768 lets IPv4 go without, RFC 8200 section 8.1 does not let IPv6.
    @Test func zeroMeansNoneOnlyInUDPOverIPv4() {
        var v4 = builder(.v4, .rawIP).udp(from: 1, to: 2)
        v4[26] = 0
        v4[27] = 0
        #expect(decode(v4, .rawIP).checksums(in: v4.span).transport == .notComputed)
        var v6 = builder(.v6, .rawIP).udp(from: 1, to: 2)
        let right = UInt16(v6[46]) << 8 | UInt16(v6[47])
        v6[46] = 0
        v6[47] = 0
        #expect(decode(v6, .rawIP).checksums(in: v6.span).transport == .wrong(found: 0, expected: right))
    }

    /// A sum of zero is sent as its other form.
    @Test func udpNeverSendsAZeroSum() {
        for port in UInt16.min...UInt16.max {
            let frame = builder(.v4, .rawIP).udp(from: port, to: 2)
            guard frame[26] == 0xFF, frame[27] == 0xFF else { continue }
            #expect(decode(frame, .rawIP).checksums(in: frame.span).transport == .valid)
            return
        }
        Issue.record("no port gives a sum of zero")
    }

    @Test(arguments: IPFamily.allCases)
    func aCutPacketCannotBeVerified(_ family: IPFamily) {
        for (name, frame, _) in Self.frames(family) {
            let cut = Array(frame.dropLast())
            let report = decode(cut, .rawIP, originalLength: frame.count).checksums(in: cut.span)
            #expect(report.transport == .unverifiable, "\(name)")
        }
    }

    @Test func whatHasNoChecksumHasNoState() {
        let frame = builder(.v4, .rawIP).ip(.gre, [1, 2, 3])
        #expect(decode(frame, .rawIP).checksums(in: frame.span) == ChecksumReport(ipv4Header: .valid, transport: nil))
        let arp = builder(.v4).arp(ARPTests.request)
        #expect(decode(arp).checksums(in: arp.span) == ChecksumReport(ipv4Header: nil, transport: nil))
    }
}
