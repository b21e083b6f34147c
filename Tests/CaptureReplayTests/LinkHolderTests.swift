import Diagnosis
import PacketWire
import StallpointTestKit
import Testing

@testable import CaptureReplay

/// One address on a link that answers from two link addresses.
struct LinkHolderTests {
    private static let client = MACAddress(rawValue: 0x0200_0000_0001)
    private static func station(_ number: UInt64) -> MACAddress { MACAddress(rawValue: 0x0200_0000_0000 | number) }

    private static func connection(_ port: UInt16, answeredBy station: UInt64, timeToLive: UInt8 = 64)
        -> ConnectionScript
    {
        var connection = ConnectionScript(
            port, to: ConnectionScript.server, 80, link: .ethernet(from: client, to: Self.station(station)))
        connection.back.timeToLive = timeToLive
        connection.wait(Int64(port - 41_000) * 1_000)
        return connection
    }

    @Test("Who refuses may be the wrong one of two", arguments: [64, 60] as [UInt8])
    func refused(timeToLive: UInt8) throws {
        var refused = Self.connection(41_000, answeredBy: 7, timeToLive: timeToLive)
        refused.syn()
        refused.refuse()
        var opened = Self.connection(41_001, answeredBy: 8, timeToLive: timeToLive)
        opened.handshake()
        let replay = try CaptureReplay(ConnectionScript.captureFile([refused, opened]))
        let told = try #require(replay.diagnoses.first { $0.verdict != .open })
        #expect(told.verdict == .closed)
        // Behind a router, link addresses are those of routers.
        let isOnLink = timeToLive == 64
        #expect(told.lookAlikes.contains { $0.cause.contains("two hosts have the address") } == isOnLink)
        #expect(told.factTexts.contains("the address answers from 2 link addresses") == isOnLink)
    }

    @Test("A reset and a SYN-ACK for one SYN are no forger's for sure, where they come from two link addresses")
    func both() throws {
        for second in [7, 8] as [UInt64] {
            var connection = Self.connection(41_000, answeredBy: 7)
            connection.syn()
            connection.refuse()
            connection.back.link = .ethernet(from: Self.station(second), to: Self.client)
            connection.keep(
                connection.back.tcp(
                    TCPHeader(
                        from: 80, to: 41_000, [.syn, .ack], sequenceNumber: 7_000, acknowledgementNumber: 1_001)),
                false)
            connection.keep(
                connection.there.tcp(TCPHeader(from: 41_000, to: 80, .rst, sequenceNumber: 1_001)), true)
            let diagnosis = try connection.diagnosis
            #expect(diagnosis.verdict == .blocked && diagnosis.mechanism == .tcpReset, "\(diagnosis.summary)")
            #expect(diagnosis.confidence == (second == 7 ? .strong : .likely), "\(diagnosis.summary)")
            #expect(diagnosis.zones == (second == 7 ? [.path] : [.destination, .path]))
        }
    }
}
