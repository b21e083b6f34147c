import Conversations
import Diagnosis
import PacketWire
import StallpointTestKit
import Testing

@testable import Engine

/// The packets of a ladder that is one flow: same addresses and ports, told apart by what else they bear.
struct SharedFlowTests {
    private let local = Endpoint(IPAddress("198.51.100.2")!, 40_000)
    private let server = IPAddress("203.0.113.10")!
    private let router = IPAddress("192.0.2.2")!

    /// Rungs 11, 12 and 13 with TTL 1, 2 and 3, and 14 with TTL 2 again; their SYNs have passed the tap.
    private func ladder(_ script: inout PacketScript) throws -> WireWitness {
        var witness = WireWitness()
        witness.own = [local.address]
        for (attempt, timeToLive) in [(11, 1), (12, 2), (13, 3), (14, 2)] {
            witness.register(
                .tcp(port: 443), local: local, remote: server, target: 0, attempt: attempt, timeToLive: timeToLive)
            script.send(.syn, sequence: UInt32(attempt) * 1_000, timeToLive: UInt8(timeToLive))
            let packet = script.frames.last!.packet
            let (owner, fromInitiator) = try #require(witness.owner(of: packet))
            #expect(owner == .attempt(target: 0, attempt: attempt) && fromInitiator)
            witness.learn(packet, from: owner)
        }
        return witness
    }

    private func attempt(_ witness: WireWitness, _ script: PacketScript) -> Int? {
        if case .attempt(_, let attempt)? = witness.owner(of: script.frames.last!.packet)?.0 { attempt } else { nil }
    }

    @Test("Errors belong by the quoted sequence number, answers by the one that they acknowledge")
    func answers() throws {
        var script = PacketScript()
        let witness = try ladder(&script)
        for (number, attempt) in [(11_000, 11), (13_000, 13), (14_000, 14), (12_000, 12), (15_000, nil)]
            as [(UInt32, Int?)]
        {
            var other = PacketScript()
            other.send(.syn, sequence: number, timeToLive: 1)
            other.refuse(type: 11, code: 0, by: router)
            #expect(self.attempt(witness, other) == attempt)
            other.answer([.syn, .ack], acknowledges: number + 1)
            #expect(self.attempt(witness, other) == attempt)
            other.answer([.rst, .ack], acknowledges: number + 1)
            #expect(self.attempt(witness, other) == attempt)
        }
    }

    @Test("Our kernel's reset for an answer that nobody waits for is the rung's; a stranger's SYN is nobody's")
    func resets() throws {
        var script = PacketScript()
        let witness = try ladder(&script)
        script.send(.rst, sequence: 13_001)
        #expect(attempt(witness, script) == 13)
        script.send(.syn, sequence: 99, timeToLive: 2)
        #expect(attempt(witness, script) == nil)
        script.send(.syn, from: 40_001, sequence: 11_000, timeToLive: 1)
        #expect(attempt(witness, script) == nil)
    }

    @Test("A quote that an address translator changed still belongs to its rung")
    func rewritten() throws {
        var script = PacketScript()
        let witness = try ladder(&script)
        let quoted = FrameBuilder(.rawIP, from: router, to: server, timeToLive: 1)
            .tcp(TCPHeader(from: 1_024, to: 443, .syn, sequenceNumber: 12_000))
        script.add(FrameBuilder(.rawIP, from: router, to: local.address).icmpError(type: 11, code: 0, quoting: quoted))
        #expect(attempt(witness, script) == 12)
    }

    @Test("A file tells them apart too, however late the errors come")
    func offline() throws {
        var script = PacketScript()
        _ = try ladder(&script)
        let sent = script.frames
        for frame in sent.reversed() {
            script.add(
                FrameBuilder(.rawIP, from: router, to: local.address)
                    .icmpError(type: 11, code: 0, quoting: frame.packet.networkBytes(of: frame.bytes)))
        }
        let table = script.table
        #expect(table.conversations.count == 4)
        for conversation in table.conversations {
            #expect(conversation.packets.count == 2)
            #expect(
                conversation.packets.last?.quote?.sequenceNumber
                    == conversation.packets.first?.tcp?.sequenceNumber)
        }
    }
}
