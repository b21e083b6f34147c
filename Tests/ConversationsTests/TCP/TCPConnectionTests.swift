import Conversations
import PacketWire
import StallpointTestKit
import Testing

/// How a connection opens and ends: everything that is more than one segment's mark.
struct TCPConnectionTests {
    @Test func aWholeLife() {
        var talk = TCPTalk()
        talk.open(scale: 7)
        talk.wait(milliseconds: 5)
        talk.client(1, 1, length: 300)
        talk.wait(milliseconds: 40)
        talk.server(1, 301, length: 1_460)
        talk.client(301, 1_461)
        talk.client([.fin, .ack], 301, 1_461)
        talk.server([.fin, .ack], 1_461, 302)
        talk.client(302, 1_462)
        let analysis = talk.analysis
        #expect(analysis.completeness.rawValue == 31 && analysis.completeness.isComplete)
        #expect(analysis.initialRoundTrip == .milliseconds(10))
        #expect(analysis.timeToFirstByte(fromInitiator: true) == .milliseconds(15))
        #expect(analysis.timeToFirstByte(fromInitiator: false) == .milliseconds(55))
        #expect(analysis.initiator.payloadBytes == 300 && analysis.responder.payloadBytes == 1_460)
        #expect(analysis.initiator.packets == 6 && analysis.responder.packets == 3 && analysis.packets == 9)
        #expect(analysis.initiator.maximumSegmentSize == 1_460 && analysis.initiator.permitsSACK)
        #expect(analysis.responder.hasTimestamps)
        #expect(analysis.close?.byInitiator == true && analysis.close?.manner == .fin && analysis.close?.frame == 7)
        #expect(analysis.close?.resetFrame == nil && analysis.marks == [] && analysis.stalls.isEmpty)
    }

    @Test("A header says all that the analysis asks for")
    func segments() {
        let header = TCPHeader(
            from: 40_000, to: 443, [.syn, .ece, .cwr], sequenceNumber: 7, acknowledgementNumber: 9, window: 65_535,
            options: TCPOptions(
                maximumSegmentSize: 1_440, windowScale: 9, sackPermitted: true,
                timestamps: TCPTimestamps(value: 1, echoReply: 0)))
        let segment = TCPSegment(header, payloadLength: 80_000, frame: 3, at: .zero + .seconds(1), fromInitiator: true)
        #expect(
            segment
                == TCPSegment(
                    at: Instant(nanoseconds: 1_000_000_000), frame: 3, fromInitiator: true, [.syn, .ece, .cwr],
                    sequenceNumber: 7, acknowledgementNumber: 9, window: 65_535, payloadLength: 80_000,
                    maximumSegmentSize: 1_440, windowScale: 9, sackPermitted: true, hasTimestamps: true))
        // Lengths that no packet has are clamped, and not believed to be something else.
        #expect(TCPSegment(header, payloadLength: -1, frame: 0, at: .zero, fromInitiator: true).payloadLength == 0)
        #expect(
            TCPSegment(header, payloadLength: .max, frame: .max, at: .zero, fromInitiator: true).payloadLength == .max)
    }

    /// 20 bytes and options of 8: a window scale at the end.
    @Test("Whether a cut SYN offers to scale its windows is not known", arguments: [20, 24, 27, 28])
    func cutOptions(length: Int) throws {
        let header = TCPHeader(from: 40_000, to: 443, .syn, sequenceNumber: 7, window: 64_240)
        let address = IPAddress.v4(IPv4Address(10, 0, 0, 1))
        let frame = FrameBuilder(.rawIP, from: address, to: address)
            .tcp(header, options: [.maximumSegmentSize(1_460), .noOperation, .windowScale(7)])
        let packet = Packet.decode(
            frame.span.extracting(first: 20 + length), linkType: .rawIP, originalLength: frame.count)
        #expect(packet.areTCPOptionsCut == (length < 28))
        var table = ConversationTable()
        table.observe(packet, frame: 1, at: .zero)
        let analysis = try #require(table.analysis(at: 0))
        #expect(analysis.initiator.windowScale == (length < 28 ? nil : 7))
        // The window of a SYN is never scaled, but what it says of those behind it was cut.
        #expect(analysis.initiator.receiveWindow == (length < 28 ? nil : 64_240))
        // Longer than its packet: that is no cut.
        #expect(!Packet.decode(frame.span.extracting(first: 44), linkType: .rawIP, originalLength: 44).areTCPOptionsCut)
    }

    @Test("Bits of completeness, and what tshark sees of them in one pass")
    func completeness() {
        var talk = TCPTalk()
        talk.server([.syn, .ack], 0, 1)
        #expect(talk.analysis.completeness == [])
        talk.client(1, 1)
        #expect(talk.analysis.completeness == [.synACK, .ack] && talk.analysis.onePassCompleteness == .ack)
        #expect(!talk.analysis.completeness.isComplete)

        var fastOpen = TCPTalk()
        fastOpen.client(.syn, 0, length: 100)
        #expect(fastOpen.analysis.completeness == [.syn, .data])
        fastOpen.server([.rst, .ack], 0, 101)
        #expect(fastOpen.analysis.completeness == [.syn, .data, .ack, .reset])
        // RFC 9293 section 3.10.7.1: a FIN without ACK says nothing.
        fastOpen.client(.fin, 101)
        #expect(!fastOpen.analysis.completeness.contains(.fin))
    }

    @Test("Only a SYN with another number begins anew")
    func startsAnew() {
        var talk = TCPTalk()
        #expect(!talk.analysis.startsAnew(talk.segment(fromClient: true, .syn, sequence: 1)))
        talk.open()
        let base = TCPTalk.clientBase
        #expect(!talk.analysis.startsAnew(talk.segment(fromClient: true, .syn, sequence: base)))
        #expect(talk.analysis.startsAnew(talk.segment(fromClient: true, .syn, sequence: base &+ 1)))
        #expect(!talk.analysis.startsAnew(talk.segment(fromClient: true, [.syn, .ack], sequence: base &+ 1)))
        #expect(!talk.analysis.startsAnew(talk.segment(fromClient: true, .ack, sequence: base &+ 9)))
        #expect(talk.analysis.startsAnew(talk.segment(fromClient: false, .syn, sequence: base)))
        talk.analysis = TCPAnalysis(reusingPorts: true)
        #expect(talk.client(.syn, 77) == .reusedPorts)
        #expect(talk.server([.syn, .ack], 0, 78) == [])
        #expect(talk.analysis.completeness == [.syn, .synACK])
        #expect(talk.server([.syn, .ack], 5, 78).contains(.reusedPorts))
    }

    @Test func simultaneousOpen() {
        var talk = TCPTalk()
        #expect(talk.client(.syn, 0) == [])
        #expect(talk.server(.syn, 0) == .simultaneousOpen)
        #expect(talk.client([.syn, .ack], 0, 1) == .retransmission)
        var ordinary = TCPTalk()
        ordinary.open()
        #expect(!ordinary.analysis.marks.contains(.simultaneousOpen))
    }

    struct Reset: Sendable {
        var sequence: UInt32
        var flags: TCPFlags = .rst
        var mark: TCPMarks
    }

    /// The server expects 301 next, and offers 8,000 bytes from there.
    @Test(
        "A reset is as good as its number",
        arguments: [
            Reset(sequence: 301, mark: .resetExact), Reset(sequence: 301, flags: [.rst, .ack], mark: .resetExact),
            Reset(sequence: 302, mark: .resetInWindow), Reset(sequence: 8_300, mark: .resetInWindow),
            Reset(sequence: 8_301, mark: .resetBlind), Reset(sequence: 300, mark: .resetBlind),
            Reset(sequence: 0x8000_0000, mark: .resetBlind),
        ])
    func resets(_ reset: Reset) {
        var talk = TCPTalk()
        talk.open()
        talk.client(1, 1, length: 300)
        talk.server(1, 301)
        #expect(talk.client(reset.flags, reset.sequence, 1).intersection(Self.resetMarks) == reset.mark)
        #expect(talk.analysis.close?.manner == .reset && talk.analysis.close?.resetByInitiator == true)
        // Only a number in the window is worth a question: RFC 5961 section 3.2.
        #expect(talk.server(1, 301).contains(.challengeACK) == (reset.mark == .resetInWindow))
    }

    static let resetMarks: TCPMarks = [.resetExact, .resetInWindow, .resetBlind]

    @Test func dataOnItsWayMovesWhatTheReceiverExpects() {
        var talk = TCPTalk()
        talk.open()
        talk.client(1, 1, length: 300)
        #expect(talk.client(.rst, 301) == .resetExact)
    }

    @Test("Before an answer, only a reset that acknowledges the SYN counts")
    func resetsOfSYN() {
        for (flags, acknowledgement, mark) in [
            ([.rst, .ack], 1, .resetExact), ([.rst, .ack], 2, .resetBlind), ([.rst, .ack], 0, .resetBlind),
            (.rst, 0, .resetBlind),
        ] as [(TCPFlags, UInt32, TCPMarks)] {
            var talk = TCPTalk()
            talk.client(.syn, 0)
            #expect(talk.server(flags, 0, acknowledgement).intersection(Self.resetMarks) == mark)
        }
        var unknown = TCPTalk()
        #expect(unknown.server(.rst, 5) == [])
    }

    @Test("A SYN in an open connection is answered by a challenge")
    func challenges() {
        var talk = TCPTalk()
        talk.open()
        talk.client(1, 1, length: 300)
        talk.server(1, 301)
        talk.wait(milliseconds: 50)
        #expect(talk.client(.syn, 0).contains(.retransmission))
        #expect(talk.server(1, 301).contains(.challengeACK))
        #expect(!talk.server(1, 301).contains(.challengeACK), "one question, one answer")

        // The next incarnation meets the remains of the one before.
        var late = TCPTalk()
        late.client(.syn, 0)
        #expect(late.server(0x5000_0000, 0x4000_0000).contains(.challengeACK))
        #expect(late.client(.rst, 0x4000_0000).intersection(Self.resetMarks) == .resetExact)
    }

    @Test func whoClosedFirst() {
        var talk = TCPTalk()
        talk.open()
        talk.server([.fin, .ack], 1, 1)
        talk.client([.rst, .ack], 1, 2)
        talk.server(.rst, 2)
        let close = talk.analysis.close
        #expect(close?.byInitiator == false && close?.manner == .fin && close?.frame == 4)
        #expect(close?.resetFrame == 5 && close?.resetByInitiator == true)
        #expect(talk.analysis.responder.sentFIN && talk.analysis.initiator.sentReset)
    }

    /// Any numbers, flags and times: nothing traps, and what is counted adds up.
    @Test func nothingTraps() {
        var random = SeededGenerator(seed: 7)
        for _ in 0..<300 {
            var analysis = TCPAnalysis(reusingPorts: Bool.random(using: &random))
            var bytes: UInt64 = 0
            for frame in 0..<60 as Range<UInt32> {
                let edges: [UInt32] = [0, 1, .max, 0x7FFF_FFFF, 0x8000_0000, UInt32.random(in: 0...9, using: &random)]
                let times: [Int64] = [.min, .max, 0, Int64(frame) * 300_000_000]
                let segment = TCPSegment(
                    at: Instant(nanoseconds: times.randomElement(using: &random)!), frame: frame,
                    fromInitiator: Bool.random(using: &random),
                    TCPFlags(rawValue: UInt16.random(in: 0...0xFFF, using: &random)),
                    sequenceNumber: edges.randomElement(using: &random)!,
                    acknowledgementNumber: edges.randomElement(using: &random)!,
                    window: [0, 1, .max].randomElement(using: &random)!,
                    payloadLength: edges.randomElement(using: &random)!,
                    windowScale: [nil, 0, 14, 255].randomElement(using: &random)!,
                    multipathSubtype: [nil, 0, 8, 255].randomElement(using: &random)!)
                // What a reset says is no part of the stream.
                if !segment.flags.contains(.rst) { bytes += UInt64(segment.payloadLength) }
                _ = analysis.startsAnew(segment)
                analysis.observe(segment)
                if frame % 7 == 0 { analysis.noteTooBig(sentByInitiator: frame % 2 == 0) }
                _ = (analysis.initiator.receiveWindow, analysis.responder.receiveWindow)
            }
            analysis.finish(at: Instant(nanoseconds: .max))
            #expect(analysis.packets == 60)
            #expect(analysis.initiator.payloadBytes + analysis.responder.payloadBytes == bytes)
            #expect(analysis.stalls.longest.count <= Stall.Cause.allCases.count * StallLog.keptPerCause)
        }
    }

    // MARK: What a reset closes

    /// Question and answer; then a reset in the server's name.
    private func resetAfterAnswer(_ sequence: UInt32, _ flags: TCPFlags = .rst) -> TCPTalk {
        var talk = TCPTalk()
        talk.open()
        talk.client(1, 1, length: 100)
        talk.server(1, 101, length: 50)
        talk.client(101, 51, length: 30)
        talk.server(flags, sequence)
        return talk
    }

    @Test("A reset says how much it leaves unanswered, and whether its sender speaks on")
    func contradicted() {
        var talk = resetAfterAnswer(51)
        #expect(talk.analysis.close?.unansweredBytes == 30 && talk.analysis.close?.isContradicted == false)
        #expect(talk.analysis.isResetMidway && !talk.analysis.isResetUnanswered)
        talk.server(51, 131, length: 20)
        #expect(talk.analysis.close?.isContradicted == true && talk.analysis.close?.frame == 7)
        // Whoever has believed it answers what still comes with resets of its own.
        talk.client(.rst, 131)
        #expect(talk.analysis.close?.isContradicted == true)
        talk.client(131, 71)
        #expect(talk.analysis.close == nil)
    }

    @Test("What was overtaken by a reset contradicts nothing")
    func overtaken() {
        var talk = resetAfterAnswer(71)
        talk.server(51, 131, length: 20)
        #expect(talk.analysis.close?.resetFrame == 7 && talk.analysis.close?.isContradicted == false)
    }

    @Test("A reset that need not be believed closes nothing where the connection goes on")
    func unbelieved() {
        var blind = resetAfterAnswer(900_000)
        #expect(blind.analysis.close?.manner == .reset)
        blind.server(51, 131, length: 20)
        #expect(blind.analysis.close == nil)
        blind.client([.fin, .ack], 131, 71)
        #expect(blind.analysis.close?.manner == .fin && blind.analysis.close?.resetFrame == nil)

        var challenged = resetAfterAnswer(500)
        #expect(challenged.client(131, 51).contains(.challengeACK))
        #expect(challenged.analysis.close == nil)
    }
}
