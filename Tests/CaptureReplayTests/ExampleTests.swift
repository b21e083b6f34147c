import CaptureFile
import CaptureReplay
import Diagnosis
import PacketWire
import StallpointTestKit
import Testing

/// What another package's test looks like: a capture, and the verdict that it must give.
@Test("A router's reject is told from a file")
func rejectedCapture() throws {
    let replay = try CaptureReplay(PacketScript.rejected.captureFile)
    let diagnosis = try #require(replay.diagnoses.first)
    #expect(diagnosis.verdict == .blocked && diagnosis.mechanism == .icmpReject)
}

extension PacketScript {
    /// A SYN that a router refuses.
    static var rejected: PacketScript {
        var script = PacketScript()
        script.send(.syn)
        script.refuse(type: 3, code: 13, by: IPAddress("192.0.2.2")!)
        return script
    }
}
