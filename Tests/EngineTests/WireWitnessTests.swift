import Conversations
import Diagnosis
import PacketWire
import StallpointTestKit
import Testing

@testable import Engine

struct WireWitnessTests {
    private let local = Endpoint(IPAddress("198.51.100.2")!, 40_000)
    private let server = IPAddress("203.0.113.10")!

    private func witness() -> WireWitness {
        var witness = WireWitness()
        witness.own = [local.address]
        witness.register(.tcp(port: 443), local: local, remote: server, target: 3, attempt: 7)
        witness.registerEcho(identifier: 9, sequence: 2, remote: server, target: 1, attempt: 4)
        witness.watch(neighbor: IPAddress("198.51.100.1")!)
        return witness
    }

    @Test("Both directions and the errors about an attempt are its own; other people's packets are nobody's")
    func owners() {
        var script = PacketScript()
        script.send(.syn)
        script.answer([.syn, .ack])
        script.refuse(type: 3, code: 13, by: IPAddress("192.0.2.2")!)
        script.send(.syn, from: 40_001)
        script.refuse(type: 3, code: 13, by: IPAddress("192.0.2.2")!)
        script.sendDatagram(from: 40_000, to: 443)
        let owners = script.frames.map { witness().owner(of: $0.packet) }
        let own = WireWitness.Owner.attempt(target: 3, attempt: 7)
        #expect(owners.prefix(3).allSatisfy { $0?.0 == own })
        #expect(owners.prefix(3).map { $0?.fromInitiator } == [true, false, false])
        #expect(owners.dropFirst(3).allSatisfy { $0 == nil })
    }

    @Test("Frames of several interfaces are judged in the order of time, those of one moment as they came")
    func arrivalsInOrder() {
        let arrivals = [(0, 30), (0, 20), (1, 10), (1, 20)].map { interface, at in
            CaptureSet.Arrival(
                interface: interface, unixNanoseconds: Int64(at), originalLength: 60, bytes: [])
        }
        let order = CaptureSet.Arrival.inOrder(arrivals).map { [$0.interface, Int($0.unixNanoseconds)] }
        #expect(order == [[1, 10], [0, 20], [1, 20], [0, 30]])
    }

    @Test("Attempts that share a local port are told apart by the port they go to")
    func sharedLocalPort() {
        var witness = witness()
        witness.register(.tcp(port: 80), local: local, remote: server, target: 5, attempt: 1)
        var script = PacketScript()
        for port in [443, 80, 22] as [UInt16] {
            script.send(.syn, to: port)
            script.answer([.syn, .ack], from: port)
            script.refuse(type: 11, code: 0, by: IPAddress("192.0.2.2")!)
        }
        let first = WireWitness.Owner.attempt(target: 3, attempt: 7)
        let second = WireWitness.Owner.attempt(target: 5, attempt: 1)
        let owners = script.frames.map { witness.owner(of: $0.packet)?.0 }
        #expect(owners == [first, first, first, second, second, second, nil, nil, nil])
    }

    @Test("A datagram from the host's other port or other address is ours, and a stranger's is not")
    func strangeDatagrams() {
        var witness = witness()
        witness.register(.udp(port: 53), local: local, remote: server, target: 2, attempt: 0)
        func owner(_ from: String, _ port: UInt16, to local: Endpoint) -> WireWitness.Owner? {
            let frame = FrameBuilder(.rawIP, from: IPAddress(from)!, to: local.address)
                .udp(from: port, to: local.port, payload: [1, 2])
            return witness.owner(of: Packet.decode(frame.span, linkType: .rawIP, originalLength: frame.count))?.0
        }
        let ours = WireWitness.Owner.attempt(target: 2, attempt: 0)
        #expect(owner("203.0.113.10", 53, to: local) == ours)
        #expect(owner("203.0.113.10", 5353, to: local) == ours)
        #expect(owner("203.0.113.20", 53, to: local) == ours)
        #expect(owner("203.0.113.20", 5353, to: local) == nil)
        #expect(owner("203.0.113.10", 5353, to: Endpoint(local.address, 40_001)) == nil)
    }

    @Test("Later fragments belong to whom their first one belongs to, and bear nothing else to be told by")
    func laterFragments() {
        var witness = witness()
        witness.register(.udp(port: 53), local: local, remote: server, target: 2, attempt: 0)
        func fragment(_ identification: UInt32, offset: Int, port: UInt16 = 53) -> Packet {
            let whole = FrameBuilder(.rawIP, from: server, to: local.address).udp(
                from: port, to: local.port, payload: [UInt8](repeating: 1, count: 64))
            var packet = Packet.decode(whole.span, linkType: .rawIP, originalLength: whole.count)
            packet.fragment = IPFragment(identification: identification, offset: offset, moreFragments: offset == 0)
            return packet
        }
        #expect(witness.isSent(laterFragment: fragment(7, offset: 64)) == nil)
        witness.learn(fragment(7, offset: 0), from: .attempt(target: 2, attempt: 0), isSent: false)
        #expect(witness.isSent(laterFragment: fragment(7, offset: 64)) == false)
        #expect(witness.isSent(laterFragment: fragment(8, offset: 64)) == nil)
        #expect(witness.isSent(laterFragment: fragment(7, offset: 0)) == nil)
        // Only so many are remembered.
        for number: UInt32 in 100..<164 {
            witness.learn(fragment(number, offset: 0), from: .attempt(target: 2, attempt: 0), isSent: true)
        }
        #expect(witness.isSent(laterFragment: fragment(163, offset: 64)) == true)
        #expect(witness.isSent(laterFragment: fragment(7, offset: 64)) == nil)
    }

    /// What an address translator that leaves quotes alone makes of our SYN, and of somebody else's.
    private func translated(
        _ source: Endpoint, _ destination: Endpoint, sequence: UInt32, to receiver: IPAddress
    ) -> Packet {
        let quoted = FrameBuilder(.rawIP, from: source.address, to: destination.address, timeToLive: 1)
            .tcp(TCPHeader(from: source.port, to: destination.port, .syn, sequenceNumber: sequence))
        let error = FrameBuilder(.rawIP, from: IPAddress("192.0.2.2")!, to: receiver)
            .icmpError(type: 11, code: 0, quoting: quoted)
        return Packet.decode(error.span, linkType: .rawIP, originalLength: error.count)
    }

    @Test("An error whose quote was rewritten is found by the sequence number, and only with an end that fits")
    func rewrittenQuotes() throws {
        var witness = witness()
        var script = PacketScript()
        script.send(.syn, sequence: 77)
        witness.learn(script.frames[0].packet, from: try #require(witness.owner(of: script.frames[0].packet)).0)
        let (outside, there) = (Endpoint(IPAddress("192.0.2.99")!, 1_024), Endpoint(server, 443))
        let elsewhere = Endpoint(IPAddress("203.0.113.77")!, 8_443)
        let me = local.address
        let cases: [(Packet, Bool)] = [
            (translated(outside, there, sequence: 77, to: me), true),
            (translated(local, elsewhere, sequence: 77, to: me), true),
            (
                translated(
                    Endpoint(outside.address, local.port), Endpoint(elsewhere.address, 443), sequence: 77, to: me), true
            ),
            (translated(outside, elsewhere, sequence: 77, to: me), false),
            (translated(outside, there, sequence: 78, to: me), false),
            (translated(outside, there, sequence: 77, to: IPAddress("198.51.100.9")!), false),
        ]
        let own = WireWitness.Owner.attempt(target: 3, attempt: 7)
        for (packet, isOurs) in cases { #expect(witness.owner(of: packet).map { $0.0 == own } ?? false == isOurs) }
    }

    @Test("A rewritten datagram is ours by one whole end and our port, and nobody's where two fit")
    func rewrittenDatagrams() {
        var witness = witness()
        witness.register(.udp(port: 53), local: local, remote: server, target: 2, attempt: 1)
        func error(_ source: Endpoint, _ destination: Endpoint) -> Packet {
            let quoted = FrameBuilder(.rawIP, from: source.address, to: destination.address)
                .udp(from: source.port, to: destination.port)
            let bytes = FrameBuilder(.rawIP, from: IPAddress("192.0.2.2")!, to: local.address)
                .icmpError(type: 11, code: 0, quoting: quoted)
            return Packet.decode(bytes.span, linkType: .rawIP, originalLength: bytes.count)
        }
        let there = Endpoint(server, 53)
        let outside = IPAddress("192.0.2.99")!
        let own = WireWitness.Owner.attempt(target: 2, attempt: 1)
        #expect(witness.owner(of: error(Endpoint(outside, local.port), there))?.0 == own)
        #expect(witness.owner(of: error(local, Endpoint(outside, 53)))?.0 == own)
        #expect(witness.owner(of: error(Endpoint(outside, 9), there)) == nil)
        #expect(witness.owner(of: error(Endpoint(outside, local.port), Endpoint(outside, 53))) == nil)
        witness.register(.udp(port: 123), local: local, remote: server, target: 2, attempt: 2)
        #expect(witness.owner(of: error(local, Endpoint(outside, 53))) == nil)
    }

    @Test("Echoes belong by identifier, sequence and address")
    func echoes() {
        let there = FrameBuilder(.rawIP, from: local.address, to: server)
        var script = PacketScript()
        script.add(there.echo(identifier: 9, sequence: 2))
        script.add(there.reversed.echo(identifier: 9, sequence: 2, isReply: true))
        script.add(there.echo(identifier: 9, sequence: 3))
        script.add(there.echo(identifier: 8, sequence: 2))
        let owners = script.frames.map { witness().owner(of: $0.packet)?.0 }
        let own = WireWitness.Owner.attempt(target: 1, attempt: 4)
        #expect(owners == [own, own, nil, nil])
    }

    @Test("Only this machine's own questions for a watched neighbour count")
    func neighbors() {
        func request(from sender: String, for target: String) -> Packet {
            let builder = FrameBuilder(
                .ethernet(from: MACAddress(rawValue: 1), to: .broadcast), from: .v4(IPv4Address(sender)!),
                to: .v4(IPv4Address(target)!))
            let bytes = builder.arp(
                ARPPacket(.request, sender: MACAddress(rawValue: 1), IPv4Address(sender)!, IPv4Address(target)!))
            return Packet.decode(bytes.span, linkType: .ethernet, originalLength: bytes.count)
        }
        var witness = witness()
        let ours = request(from: "198.51.100.2", for: "198.51.100.1")
        #expect(witness.owner(of: ours)?.0 == .neighbor(IPAddress("198.51.100.1")!))
        #expect(witness.owner(of: request(from: "198.51.100.7", for: "198.51.100.1")) == nil)
        #expect(witness.owner(of: request(from: "198.51.100.2", for: "198.51.100.8")) == nil)
        for frame in 1...100 { witness.note(ours, frame: frame) }
        #expect(witness.exchanges[IPAddress("198.51.100.1")!]?.requests.count == 64)
    }
}
