import CaptureReplay
import Conversations
import Diagnosis
import PacketWire
import StallpointTestKit
import Testing

@testable import Reporting

/// What is said of a finding while its capture is followed: one line, however much there is to say.
@Suite struct FindingLineTests {
    private static func diagnosis(_ write: (inout PacketScript) -> Void) throws -> TargetDiagnosis {
        var script = PacketScript()
        write(&script)
        let table = script.table
        let facts = try #require(table.facts(ofConversation: 0, observedUntil: script.end + .seconds(9)))
        return facts.diagnose(in: table, at: 0)
    }

    private static let style = TextStyle(width: 40)

    @Test func once() throws {
        let refused = try Self.diagnosis {
            $0.wait(.milliseconds(1_250))
            $0.send(.syn)
            $0.answer([.rst, .ack], sequence: 0)
        }
        let line = CaptureText(style: Self.style).line(refused, startedUnixNanoseconds: 1_700_000_000_000_000_000)
        #expect(line.hasPrefix("22:13:21.250  203.0.113.10:443/tcp  CLOSED  from 198.51.100.2:40000  "))
        #expect(line.hasSuffix("  [likely]\n") && line.split(separator: "\n").count == 1)
    }

    @Test func manyTimes() throws {
        var rejected = try Self.diagnosis {
            $0.send(.syn)
            $0.refuse(type: 3, code: 13, by: IPAddress("192.0.2.2")!)
        }
        rejected.conversation?.count = 1_234
        rejected.conversation?.responderCount = 7
        let line = CaptureText(style: Self.style).line(rejected, startedUnixNanoseconds: 0)
        #expect(
            line.hasPrefix(
                "00:00:00.000  7 hosts (203.0.113.10:443/tcp and others)  BLOCKED  1,234 times so far, first from "
                    + "198.51.100.2:40000  ICMP reject by 192.0.2.2"), "\(line)")
    }

    @Test("A capture's times trap nothing")
    func extremes() throws {
        let refused = try Self.diagnosis { $0.send(.syn) }
        for start in [Int64.min, -1, .max] {
            #expect(CaptureText(style: Self.style).line(refused, startedUnixNanoseconds: start).contains("BLOCKED"))
        }
    }
}
