import PacketWire
import StallpointTestKit
import Testing

struct CutHeaderTests {
    /// Every field is there from its last byte on, and nothing of what is not.
    @Test func fieldsInFrontOfTheCutAreTold() {
        let header = TCPHeader(
            from: 40000, to: 443, [.syn, .ack], sequenceNumber: 7, acknowledgementNumber: 9, window: 500)
        let frame = builder(.v4, .rawIP).tcp(header)
        for count in 1..<36 {
            let cut = Array(frame.prefix(count))
            let packet = decode(cut, .rawIP, originalLength: frame.count)
            switch packet.cutHeader(in: cut.span) {
            case .ipv4(let ip):
                #expect(count < 20)
                #expect((ip.timeToLive == nil) == (count < 9))
                #expect((ip.protocolNumber == .tcp) == (count >= 10))
                #expect((ip.source == nil) == (count < 16))
            case .tcp(let tcp):
                let there = count - 20
                #expect(tcp.sourcePort == (there >= 2 ? 40000 : nil))
                #expect(tcp.destinationPort == (there >= 4 ? 443 : nil))
                #expect(tcp.sequenceNumber == (there >= 8 ? 7 : nil))
                #expect(tcp.acknowledgementNumber == (there >= 12 ? 9 : nil))
                #expect(tcp.headerLength == (there >= 13 ? 20 : nil))
                #expect(tcp.flags == (there >= 14 ? [.syn, .ack] : nil))
                #expect(tcp.window == nil && tcp.checksum == nil)
            case nil: #expect(count == 20)
            default: Issue.record("another header at \(count) bytes")
            }
        }
    }

    @Test func ofSixBytesOfUDPAllButTheChecksumIsThere() {
        let frame = builder(.v6, .rawIP).udp(from: 5000, to: 53, payload: [1, 2, 3])
        let cut = Array(frame.prefix(46))
        guard case .udp(let udp)? = decode(cut, .rawIP, originalLength: frame.count).cutHeader(in: cut.span) else {
            Issue.record("no UDP")
            return
        }
        #expect(udp.sourcePort == 5000 && udp.destinationPort == 53 && udp.totalLength == 11)
    }

    @Test func ofARPForAnotherProtocolTheOperationIsThere() {
        var frame: [UInt8] = []
        EthernetHeader(destination: .broadcast, source: MACAddress(rawValue: 2), etherType: .arp).encode(into: &frame)
        frame += [0, 1, 0x86, 0xDD, 6, 16, 0, 8] + [UInt8](repeating: 7, count: 44)
        for count in [22, 30, frame.count] {
            let cut = Array(frame.prefix(count))
            guard case .arp(let front)? = decode(cut, .ethernet).cutHeader(in: cut.span) else {
                Issue.record("no ARP at \(count) bytes")
                continue
            }
            #expect(front.operation?.rawValue == 8)
        }
    }

    @Test func aWholeHeaderIsNotCut() {
        let frame = builder(.v4, .rawIP).tcp(TCPHeader(from: 40000, to: 443, .syn), payload: [1, 2, 3])
        let cut = Array(frame.prefix(41))
        #expect(decode(cut, .rawIP, originalLength: frame.count).cutHeader(in: cut.span) == nil)
    }
}
