import Diagnosis
import StallpointTestKit
import Testing

@testable import CaptureReplay

extension ConnectionScript {
    /// What is told of it where a capture holds nothing else.
    var diagnosis: TargetDiagnosis {
        get throws { try #require(CaptureReplay(captureFile).diagnoses.first) }
    }

    /// A connection to that port of the server that was opened, and went on like that.
    static func opened(_ port: UInt16, _ rest: (inout ConnectionScript) -> Void) throws -> TargetDiagnosis {
        var connection = ConnectionScript(to: server, port)
        connection.handshake()
        rest(&connection)
        return try connection.diagnosis
    }
}
