import Conversations
import Diagnosis
import HostNetwork
import PacketWire
import StallpointTestKit
import Testing

@testable import Engine

/// Whose a dropped packet is, and what is kept of it.
struct KernelWitnessTests {
    private let local = Endpoint(IPAddress("198.51.100.2")!, 40_000)
    private let server = IPAddress("203.0.113.10")!

    private func wire() -> WireWitness {
        var wire = WireWitness()
        wire.register(.tcp(port: 443), local: local, remote: server, target: 3, attempt: 7)
        return wire
    }

    private func dropped(_ bytes: [UInt8], place: UInt64 = 1, at nanoseconds: Int64 = 0) -> DroppedPacket {
        DroppedPacket(
            reason: "NETFILTER_DROP", place: place, interfaceIndex: 0, monotonicNanoseconds: nanoseconds, bytes: bytes)
    }

    private func segment(_ flags: TCPFlags, back: Bool = false, port: UInt16 = 443) -> [UInt8] {
        let there = FrameBuilder(.rawIP, from: local.address, to: server)
        let builder = back ? there.reversed : there
        return builder.tcp(
            TCPHeader(
                from: back ? port : local.port, to: back ? local.port : port, flags, sequenceNumber: 1,
                acknowledgementNumber: flags.contains(.ack) ? 2 : 0))
    }

    private func filed(_ packets: [DroppedPacket], into witness: inout KernelWitness) -> [KernelDrop] {
        var drops: [KernelDrop] = []
        let wire = wire()
        for packet in packets {
            witness.take(packet, RunClock()) {
                wire.owner(of: $0)
            } file: { drop, target, attempt in
                #expect(target == 3 && attempt == 7)
                drops.append(drop)
                return true
            }
        }
        return drops
    }

    @Test("Both directions are the attempt's own; other ports and damaged packets are nobody's")
    func filing() {
        var witness = KernelWitness()
        let drops = filed(
            [
                dropped(segment(.syn)), dropped(segment([.syn, .ack], back: true)), dropped(segment(.syn, port: 80)),
                dropped(Array(segment(.syn).prefix(22))), dropped([]), dropped([0x45, 0, 0]),
            ], into: &witness)
        #expect(drops.map(\.isOutgoing) == [true, false])
        #expect(drops.map(\.flags) == [.syn, [.syn, .ack]])
        #expect(drops.allSatisfy { $0.reason == "NETFILTER_DROP" && $0.place == nil && $0.interface == nil })
    }

    @Test("A refusal of the target that quotes our packet is an answer to it")
    func refusals() {
        var witness = KernelWitness()
        let there = FrameBuilder(.rawIP, from: local.address, to: server)
        let quoted = segment(.syn)
        let drops = filed(
            [dropped(there.reversed.icmpError(type: 3, code: 3, quoting: quoted))], into: &witness)
        #expect(drops.map(\.isICMP) == [true])
        #expect(drops.map(\.isOutgoing) == [false])
    }

    @Test("A flood is kept in part")
    func flood() {
        var witness = KernelWitness()
        let packets = Array(repeating: dropped(segment(.syn)), count: 500)
        #expect(filed(packets, into: &witness).count == KernelWitness.mostDrops)
    }

    @Test("A drop that bears no address is of the packet that was being sent then, and of no other")
    func byTime() {
        var witness = KernelWitness(sendings: [
            .init(target: 0, attempt: 0, isTCP: true, nanoseconds: 5_000_700...5_090_100),
            .init(target: 0, attempt: 1, isTCP: false, nanoseconds: 5_200_000...5_300_000),
            .init(target: 0, attempt: 2, isTCP: true, nanoseconds: 5_300_400...5_400_000),
        ])
        var filed: [(drop: KernelDrop, attempt: Int)] = []
        // The stamps are to the nearest microsecond: the first packet's are 5001 to 5090, and 5300 is the end of the
        // second rather than the beginning of the third.
        for microseconds: Int64 in [4_999, 5_000, 5_001, 5_090, 5_091, 5_150, 5_250, 5_300, 5_301, .max, .min] {
            witness.take(
                SendDrop(reason: "NETFILTER_DROP", place: "nft_do_chain", monotonicMicroseconds: microseconds),
                RunClock()
            ) { drop, _, attempt in
                filed.append((drop, attempt))
                return true
            }
        }
        #expect(filed.map(\.attempt) == [0, 0, 1, 1, 2])
        #expect(filed.map(\.drop.flags) == [.syn, .syn, nil, nil, .syn])
        #expect(filed.allSatisfy { $0.drop.isOutgoing && $0.drop.place == "nft_do_chain" })
        #expect(!witness.watchesDrops)
    }

    @Test("A drop in the last moment of a sending has a stamp that is rounded to after it")
    func rounded() {
        var witness = KernelWitness(sendings: [
            .init(target: 0, attempt: 0, isTCP: true, nanoseconds: 5_000_700...5_090_600)
        ])
        var count = 0
        for microseconds: Int64 in [5_091, 5_092] {
            witness.take(
                SendDrop(reason: "NETFILTER_DROP", place: nil, monotonicMicroseconds: microseconds), RunClock()
            ) { _, _, _ in
                count += 1
                return true
            }
        }
        #expect(count == 1)
    }

    @Test("Without a monitor nothing is watched, and who is missing says what would grant it")
    func missing() {
        let witness = KernelWitness()
        #expect(!witness.watchesDrops && witness.descriptor == nil)
        let denied = MissingWitness.drops(.init(description: "not permitted", isPermission: true))
        #expect(denied.witness == .kernel)
        #expect(denied.grant?.contains("cap_bpf,cap_perfmon+ep") == true)
        let weaker = MissingWitness.drops(.init(description: "not permitted", isPermission: true), sends: true)
        #expect(weaker.reason.contains("while this process itself is sending"))
        #expect(weaker.wouldAdd != denied.wouldAdd)
        #expect(MissingWitness.drops(.init(description: "no BTF", isPermission: false)).grant == nil)
    }
}
