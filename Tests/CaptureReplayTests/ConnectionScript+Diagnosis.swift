import Diagnosis
import PacketWire
import StallpointTestKit
import Testing

@testable import CaptureReplay

extension ConnectionScript {
    /// What is told of it where a capture holds nothing else.
    var diagnosis: TargetDiagnosis {
        get throws { try #require(CaptureReplay(captureFile).diagnoses.first) }
    }

    /// The same, where it must be all that is told.
    var onlyDiagnosis: TargetDiagnosis {
        get throws {
            let diagnoses = try CaptureReplay(captureFile).diagnoses
            #expect(diagnoses.count == 1)
            return try #require(diagnoses.first)
        }
    }

    /// A connection to that port of the server that was opened, and went on like that.
    static func opened(_ port: UInt16, _ rest: (inout ConnectionScript) -> Void) throws -> TargetDiagnosis {
        var connection = ConnectionScript(to: server, port)
        connection.handshake()
        rest(&connection)
        return try connection.diagnosis
    }

    /// What is told of the target, where these are the packets of a probe that was to try it.
    static func savedProbe(_ connections: [ConnectionScript], of target: Target) throws -> TargetDiagnosis {
        var analyzer = CaptureAnalyzer()
        analyzer.read(captureFile(connections).span, isComplete: true)
        return try #require(analyzer.result(named: [target]).diagnoses.first)
    }
}

extension TargetDiagnosis {
    var factTexts: [String] { evidence.map(\.fact) }
}
