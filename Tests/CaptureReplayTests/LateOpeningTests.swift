import Diagnosis
import PacketWire
import StallpointTestKit
import Testing

@testable import CaptureReplay

/// Connections that are opened, and only after a while: what several of them show that one does not.
struct LateOpeningTests {
    private enum Course: Character, Sendable {
        /// At once.
        case prompt = "p"
        /// The SYN-ACK comes 800 ms behind the SYN.
        case slow = "s"
        /// It comes 500 ms behind the second SYN.
        case slowRepeated = "r"
        /// The second SYN is answered at once.
        case lost = "l"
        /// The first SYN is answered for an older connection.
        case older = "o"
    }

    private static func connection(_ index: Int, _ course: Course, roundTrip: Int64) -> ConnectionScript {
        var connection = ConnectionScript(
            UInt16(41_000 + (course == .older ? 0 : index)), to: ConnectionScript.server, 80,
            number: 1_000 + UInt32(index) << 20)
        connection.wait(Int64(index) * 5_000)
        switch course {
        case .prompt: break
        case .slow:
            connection.syn()
            connection.wait(780)
        case .slowRepeated:
            connection.syn()
            connection.wait(980)
            connection.syn()
            connection.wait(480)
        case .lost:
            connection.syn()
            connection.wait(980)
            connection.syn()
        case .older:
            connection.syn()
            connection.keep(
                connection.back.tcp(
                    TCPHeader(from: 80, to: 41_000, .ack, sequenceNumber: 77, acknowledgementNumber: 0x7000_0000)),
                false)
            connection.keep(
                connection.there.tcp(TCPHeader(from: 41_000, to: 80, .rst, sequenceNumber: 0x7000_0000)), true)
            connection.wait(980)
            connection.syn()
        }
        if course == .prompt { connection.handshake() } else { connection.answerOpening() }
        connection.client([1, 2, 3])
        connection.wait(roundTrip)
        connection.acknowledge(fromClient: false)
        connection.server([4, 5, 6])
        connection.finish(byClient: true)
        return connection
    }

    private struct Story: CustomTestStringConvertible, Sendable {
        var testDescription: String
        var courses: String
        var roundTrip: Int64 = 10
        /// Of those that were not opened at once; nil for nothing.
        var mechanism: Mechanism?
        var phrase = ""
    }

    @Test(arguments: [
        Story(
            testDescription: "each is slow", courses: "ssss", mechanism: .noReply,
            phrase: "4 of 4 connections of this client to this port are opened only after 790 ms"),
        Story(
            testDescription: "each is slow, repeated", courses: "rrrr", mechanism: .noReply,
            phrase: "are opened only after 1.4 s"),
        // Loss, with what is known of the others.
        Story(testDescription: "one SYN is lost", courses: "pplpp", mechanism: .loss, phrase: "of 6 SYNs, 1 of 6 lost"),
        Story(testDescription: "one is slow", courses: "ppspp"),
        // A way that takes as long.
        Story(testDescription: "a long way", courses: "ssss", roundTrip: 780),
        Story(
            testDescription: "older ones", courses: "pooooo", mechanism: .noReply,
            phrase: "answered for an older connection with the same ports"),
        Story(testDescription: "one older one", courses: "ppopp"),
    ])
    private func story(_ story: Story) throws {
        let connections = try story.courses.enumerated().map { index, letter in
            Self.connection(index, try #require(Course(rawValue: letter)), roundTrip: story.roundTrip)
        }
        let told = try CaptureReplay(ConnectionScript.captureFile(connections)).diagnoses.filter { $0.verdict != .open }
        #expect(told.isEmpty == (story.mechanism == nil), "\(told.first?.summary ?? "")")
        for diagnosis in told {
            #expect(diagnosis.verdict == .degraded && diagnosis.mechanism == story.mechanism)
            #expect(diagnosis.summary.contains(story.phrase), "\(diagnosis.summary)")
            #expect(diagnosis.zones.contains(.destination) && diagnosis.zones.contains(.path))
            #expect(diagnosis.confidence == .likely)
        }
    }
}
