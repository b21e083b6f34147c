import Diagnosis
import PacketWire
import StallpointTestKit
import Testing

@testable import CaptureReplay

/// SYN-ACKs that go to another link address than that from which the SYN came, in anybody's capture.
struct StrayedAnswerTests {
    private static let client = MACAddress(rawValue: 0x0200_0000_0001)
    private static let gateway = MACAddress(rawValue: 0x0200_0000_0002)
    private static let other = MACAddress(rawValue: 0x0200_0000_0099)
    private static let far = MACAddress(rawValue: 0x0200_0000_0003)

    /// A client that asks three times.
    private static func asked(
        answeredTo destination: MACAddress, from source: MACAddress = gateway, timeToLive: UInt8 = 64,
        takes: Bool = false, port: UInt16 = 40_000
    ) -> ConnectionScript {
        var connection = ConnectionScript(port, to: ConnectionScript.server, 5_432)
        connection.there.timeToLive = timeToLive
        connection.carrier = { bytes, isThere in
            var frame: [UInt8] = []
            EthernetHeader(
                destination: isThere ? gateway : destination, source: isThere ? client : source, etherType: .ipv4
            ).encode(into: &frame)
            return frame + bytes
        }
        if takes {
            connection.handshake()
        } else {
            for _ in 0..<3 {
                connection.syn()
                connection.synAck()
                connection.wait(1_000)
            }
        }
        return connection
    }

    private func told(_ script: ConnectionScript) throws -> TargetDiagnosis {
        try #require(CaptureReplay(ConnectionScript.captureFile([script], linkType: .ethernet)).diagnoses.first)
    }

    @Test func answersForAnotherStationAreNotTaken() throws {
        let found = try told(Self.asked(answeredTo: Self.other))
        #expect(found.verdict == .blocked && found.mechanism == .silentDrop && found.zones == [.returnPath])
        #expect(found.confidence == .likely)
        #expect(found.summary.contains("\(Self.other)") && found.summary.contains("sends from"))
    }

    @Test("What says nothing of the link address")
    func others() throws {
        let cases: [ConnectionScript] = [
            // To the client: something else makes it deaf.
            Self.asked(answeredTo: Self.client),
            // On another link.
            Self.asked(answeredTo: Self.other, from: Self.far),
            // From behind a router.
            Self.asked(answeredTo: Self.other, timeToLive: 61),
            // It takes them: it has several addresses.
            Self.asked(answeredTo: Self.other, takes: true),
        ]
        for (index, script) in cases.enumerated() {
            #expect(try !told(script).summary.contains("sends from"), "\(index)")
        }
        #expect(try told(cases[3]).verdict == .open)
    }

    @Test func oneIsNotToldAsTheOther() throws {
        let scripts = (0..<6).map { index in
            Self.asked(answeredTo: index == 3 ? Self.other : Self.client, port: UInt16(41_000 + index))
        }
        let told = try CaptureReplay(ConnectionScript.captureFile(scripts, linkType: .ethernet)).diagnoses
        #expect(told.count == 6 && told.filter { $0.summary.contains("\(Self.other)") }.count == 1)
    }
}
