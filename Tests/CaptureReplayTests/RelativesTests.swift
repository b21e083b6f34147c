import Conversations
import PacketWire
import StallpointTestKit
import Testing

@testable import CaptureReplay

/// Whether few or many are between two hosts, each port's own are found among them.
struct RelativesTests {
    /// Each port is asked twice, and answers by turns; datagrams go to the same ports.
    private static func table(ports: Int, rung: Bool = false) -> ConversationTable {
        var script = PacketScript()
        for attempt in 0..<2 {
            for port in 0..<ports {
                let (source, target) = (UInt16(40_000 + 1_000 * attempt + port), UInt16(1_000 + port))
                script.send(.syn, from: source, to: target)
                script.answer(port.isMultiple(of: 2) ? [.syn, .ack] : [.rst, .ack], from: target, to: source)
            }
        }
        for port in 0..<ports { script.sendDatagram(to: UInt16(1_000 + port)) }
        if rung { script.send(.syn, from: 60_000, to: 1_000, timeToLive: 2) }
        return script.table
    }

    @Test(arguments: [2, 40])
    func samePort(ports: Int) throws {
        let table = Self.table(ports: ports)
        let all = Array(0..<table.count)
        let relatives = Relatives(all, in: table)
        #expect(relatives.siblings == all && relatives.isWorthKeeping == (ports > 2))
        for position in all {
            let flow = try #require(table.subject(at: position).flow)
            let same = all.filter { other in
                let own = table.subject(at: other).flow
                return own?.destination == flow.destination && own?.transport == flow.transport
            }
            #expect(same.count == (flow.transport == .tcp ? 2 : 1))
            #expect(Set(same).isSubset(of: relatives.mayConcern(flow)))
            if relatives.isWorthKeeping { #expect(relatives.mayConcern(flow) == same) }
        }
        #expect(relatives.mayConcern(nil) == (relatives.isWorthKeeping ? [] : all))
    }

    @Test(arguments: [2, 40], [false, true])
    func rungs(ports: Int, rung: Bool) {
        let table = Self.table(ports: ports, rung: rung)
        #expect(Relatives(Array(0..<table.count), in: table).hasShortLived == rung)
    }
}
