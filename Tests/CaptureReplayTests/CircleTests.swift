import Diagnosis
import PacketWire
import StallpointTestKit
import Testing

@testable import CaptureReplay

/// A capture that stands in a routing loop sees the same packet pass again and again.
struct CircleTests {
    private static func circle(_ identification: UInt16, passes: Int, isV6: Bool = false) -> ConnectionScript {
        var script = ConnectionScript()
        if isV6 { script = ConnectionScript(from: IPAddress("2001:db8:1::2")!, to: IPAddress("2001:db8:2::2")!) }
        script.there.identification = identification
        for _ in 0..<2 {
            for pass in 0..<passes {
                script.there.timeToLive = UInt8(63 - 2 * pass)
                // It has the number of the one before it: they are one.
                script.syn()
                script.wait(5)
            }
            script.wait(1_000)
        }
        return script
    }

    @Test("One packet that comes by with ever fewer hops to live runs in a circle", arguments: [0, 4_711] as [UInt16])
    func circles(identification: UInt16) throws {
        for isV6 in [false, true] {
            let diagnosis = try Self.circle(identification, passes: 20, isV6: isV6).diagnosis
            #expect(diagnosis.verdict == .unreachable && diagnosis.mechanism == .routingLoop)
            #expect(diagnosis.zones == [.path] && diagnosis.confidence == .strong)
            #expect(diagnosis.summary.contains("passes the capture 20 times"))
        }
    }

    @Test("Three routers in a row that mirror what they pass on are no circle")
    func mirrors() throws {
        let diagnosis = try Self.circle(4_711, passes: 4).diagnosis
        #expect(diagnosis.verdict == .blocked && diagnosis.summary.contains("(2 SYNs sent)"))
    }
}
