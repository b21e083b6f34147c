import Diagnosis
import PacketWire
import StallpointTestKit
import Testing

@testable import CaptureReplay

/// The kernel leaves ECN out of the SYN that it repeats: whether the first one was lost for that, or by chance.
struct OfferedECNTests {
    private static let offer: TCPFlags = [.syn, .ece, .cwr]

    /// A connection whose SYNs are these, the last one answered; each a second after the one before it.
    private func connection(
        _ syns: [TCPFlags], _ number: UInt16 = 0, options: (_ place: Int) -> [TCPOption] = { _ in [] }
    ) -> ConnectionScript {
        let number = UInt32(number)
        var connection = ConnectionScript(
            40_000 + UInt16(number), to: ConnectionScript.server, 9_000, number: 1_000 + number * 70_000)
        connection.wait(Int64(number) * 5_000)
        for (place, flags) in syns.enumerated() {
            if place > 0 { connection.wait(1_000) }
            let header = TCPHeader(
                from: connection.clientPort, to: 9_000, flags, sequenceNumber: 1_000 + number * 70_000,
                acknowledgementNumber: 0)
            connection.keep(connection.there.tcp(header, options: options(place)), true)
        }
        connection.synAck()
        let header = TCPHeader(
            from: connection.clientPort, to: 9_000, .ack, sequenceNumber: 1_001 + number * 70_000,
            acknowledgementNumber: 5_001)
        connection.keep(connection.there.tcp(header), true)
        return connection
    }

    private func told(_ connections: [ConnectionScript]) throws -> TargetDiagnosis {
        let diagnoses = try CaptureReplay(ConnectionScript.captureFile(connections)).diagnoses
        return try #require(diagnoses.first { $0.verdict != .open })
    }

    @Test("One SYN that was lost may be lost by chance; a second one hardly", arguments: [1, 2])
    func alone(lost: Int) throws {
        let diagnosis = try told([connection(Array(repeating: Self.offer, count: lost) + [.syn])])
        #expect(diagnosis.verdict == .degraded && diagnosis.mechanism == .silentDrop, "\(diagnosis.summary)")
        #expect(diagnosis.confidence == (lost == 1 ? .weak : .likely))
        #expect(diagnosis.summary.contains("by chance") == (lost == 1) && diagnosis.summary.contains("ECN"))
    }

    @Test("Where others to the same port offer it and are answered, it is not for that", arguments: [true, false])
    func beside(offeringECN: Bool) throws {
        let others = (1...3).map { connection([offeringECN ? Self.offer : .syn], $0) }
        let diagnosis = try told([connection([Self.offer, .syn])] + others)
        #expect(diagnosis.mechanism == (offeringECN ? .loss : .silentDrop), "\(diagnosis.summary)")
        #expect(diagnosis.summary.contains("ECN") != offeringECN)
    }

    /// What is offered with a SYN, by its place.
    struct Offer: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var fastOpen: [Bool]
        /// Nil where it is no matter of that.
        var expected: Confidence?
    }

    @Test(
        "An option that the repeated SYN leaves out may be what the first ones were lost for",
        arguments: [
            Offer(testDescription: "two lost", fastOpen: [true, true, false], expected: .likely),
            Offer(testDescription: "one lost", fastOpen: [true, false], expected: .weak),
            Offer(testDescription: "never left out", fastOpen: [true, true], expected: nil),
            Offer(testDescription: "left out and lost all the same", fastOpen: [true, false, false], expected: nil),
            Offer(testDescription: "put in", fastOpen: [false, true], expected: nil),
        ])
    func withdrawn(_ offer: Offer) throws {
        let diagnosis = try told([
            connection(Array(repeating: .syn, count: offer.fastOpen.count)) { place in
                [.maximumSegmentSize(1_460)] + (offer.fastOpen[place] ? [.fastOpen(cookie: [1, 2, 3, 4])] : [])
            }
        ])
        #expect(diagnosis.verdict == .degraded && diagnosis.stage == .handshake, "\(diagnosis.summary)")
        #expect(diagnosis.mechanism == (offer.expected == nil ? .loss : .silentDrop))
        #expect(diagnosis.summary.contains("TCP fast open") == (offer.expected != nil))
        if let expected = offer.expected {
            #expect(diagnosis.confidence == expected && Set(diagnosis.zones) == [.path, .destination, .returnPath])
        }
    }
}
