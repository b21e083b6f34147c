import Conversations
import PacketWire
import Testing

/// Each mark where it belongs, and where it almost does. All of it is also held against tshark, where there is one.
struct TCPMarksTests {
    struct Step: Sendable {
        var fromClient = true
        var flags: TCPFlags = .ack
        var sequence: UInt32
        var acknowledgement: UInt32 = 1
        var length: UInt32 = 0
        var window: UInt16 = 8_000
        var wait: Int64 = 0
        var marks: TCPMarks = []
    }

    struct Case: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var steps: [Step]

        init(_ name: String, _ steps: [Step]) {
            testDescription = name
            self.steps = steps
        }
    }

    static func data(_ sequence: UInt32, _ length: UInt32 = 1_000, wait: Int64 = 0, is marks: TCPMarks = []) -> Step {
        Step(sequence: sequence, length: length, wait: wait, marks: marks)
    }

    static func ack(
        _ acknowledgement: UInt32, window: UInt16 = 8_000, wait: Int64 = 0, is marks: TCPMarks = []
    ) -> Step {
        Step(
            fromClient: false, sequence: 1, acknowledgement: acknowledgement, window: window, wait: wait, marks: marks)
    }

    static let fast: TCPMarks = [.retransmission, .fastRetransmission]
    static let spurious: TCPMarks = [.retransmission, .spuriousRetransmission]

    /// After a handshake whose round trip took 10 ms.
    static let cases: [Case] = [
        Case("in order", [data(1), data(1_001), ack(2_001), data(2_001)]),
        Case("sent again after a timeout", [data(1), data(1, wait: 250, is: .retransmission)]),
        Case("a part of it is enough", [data(1), data(1, 400, wait: 250, is: .retransmission)]),
        Case(
            "overtaken, and soon there",
            [data(1_001, is: .lostSegment), data(2_001), data(1, wait: 9, is: .outOfOrder)]),
        Case(
            "overtaken, but a round trip late", [data(1_001, is: .lostSegment), data(1, wait: 10, is: .retransmission)]),
        Case("what reaches furthest was not overtaken", [data(1), data(1, is: .retransmission)]),
        Case(
            "fast retransmission",
            [
                data(1), data(1_001), data(2_001), ack(1, is: .duplicateACK), ack(1, is: .duplicateACK),
                data(1, wait: 19, is: fast),
            ]),
        Case(
            "too few duplicates for a fast one",
            [data(1), data(1_001), ack(1, is: .duplicateACK), data(1, wait: 19, is: .retransmission)]),
        Case(
            "too late for a fast one",
            [
                data(1), data(1_001), ack(1, is: .duplicateACK), ack(1, is: .duplicateACK),
                data(1, wait: 20, is: .retransmission),
            ]),
        Case("acknowledged already", [data(1), ack(1_001), data(1, is: spurious), data(1, 1_001, is: .outOfOrder)]),
        Case(
            "a duplicate says nothing new",
            [data(1), ack(1_001), ack(1_001, is: .duplicateACK), ack(1_001, window: 9_000, is: .windowUpdate)]),
        Case(
            "an acknowledgement of what was not captured", [ack(501, is: .ackLostSegment), ack(501, is: .duplicateACK)]),
        Case(
            "keep-alive, and its answer",
            [
                data(1), ack(1_001), data(1_000, 0, wait: 5_000, is: .keepAlive), ack(1_001, is: .keepAliveACK),
                data(1_000, 1, is: .keepAlive), ack(1_001, is: .keepAliveACK), data(1_001),
                ack(1_001, is: .duplicateACK),
            ]),
        Case(
            "window full", [data(1, 4_000), data(4_001, 3_999), data(8_000, 1, is: .windowFull)]),
        Case(
            "zero window, probe, answer, update",
            [
                data(1), ack(1_001, window: 0, is: .zeroWindow), data(1_001, 1, wait: 300, is: .zeroWindowProbe),
                ack(1_001, window: 0, is: [.zeroWindow, .zeroWindowProbeACK]), ack(1_001, is: .windowUpdate),
                data(1_001),
            ]),
        Case(
            "a FIN is sent again, a reset never is",
            [
                Step(flags: [.fin, .ack], sequence: 1),
                Step(flags: [.fin, .ack], sequence: 1, wait: 300, marks: .retransmission),
                Step(flags: .rst, sequence: 2, acknowledgement: 0, marks: .resetExact),
                Step(flags: .rst, sequence: 2, acknowledgement: 0, marks: .resetExact),
            ]),
    ]

    @Test(arguments: cases)
    func marks(_ test: Case) {
        var talk = TCPTalk()
        talk.open()
        var all: TCPMarks = []
        for (index, step) in test.steps.enumerated() {
            talk.wait(milliseconds: step.wait)
            let marks =
                step.fromClient
                ? talk.client(
                    step.flags, step.sequence, step.acknowledgement, length: step.length, window: step.window)
                : talk.server(
                    step.flags, step.sequence, step.acknowledgement, length: step.length, window: step.window)
            #expect(marks == step.marks, "step \(index + 1)")
            all.formUnion(marks)
        }
        #expect(talk.analysis.marks == all)
    }

    @Test func duplicatesAreCounted() {
        var talk = TCPTalk()
        talk.open()
        talk.client(1, 1, length: 1_000)
        for number in 1...3 as ClosedRange<UInt32> {
            #expect(talk.server(1, 1) == .duplicateACK)
            #expect(talk.analysis.duplicateACKNumber == number)
        }
        talk.server(1, 1_001)
        #expect(talk.server(1, 1_001) == .duplicateACK)
        #expect(talk.analysis.duplicateACKNumber == 1)
    }

    @Test("A window is scaled when both SYNs say so, and that of a SYN never is", arguments: [nil, 3] as [UInt8?])
    func scale(_ scale: UInt8?) {
        var talk = TCPTalk()
        talk.open(scale: scale)
        #expect(talk.analysis.initiator.windowScale == scale && talk.analysis.responder.windowScale == scale)
        talk.server(1, 1, window: 100)
        let room: UInt32 = scale == nil ? 100 : 800
        #expect(talk.analysis.responder.receiveWindow == room)
        #expect(talk.client(1, 1, length: room - 1) == [])
        #expect(talk.client(room, 1, length: 1) == .windowFull)
    }

    @Test("An operation of a multipath connection is no duplicate")
    func multipath() {
        var talk = TCPTalk()
        talk.client(.syn, 0, multipath: 0)
        talk.server([.syn, .ack], 0, 1, multipath: 0)
        talk.client(1, 1, multipath: 0)
        #expect(talk.server(1, 1) == [])
        #expect(talk.server(1, 1, multipath: 3) == .duplicateACK)
        #expect(talk.server(1, 1) == [])
        #expect(talk.server(1, 1) == .duplicateACK)
    }

    @Test func namesAreWiresharksFirst() {
        #expect(TCPMarks([.keepAlive, .lostSegment]).description == "lost_segment keep_alive")
        #expect(TCPMarks().description == "-")
        #expect(TCPMarks.names.count { TCPMarks.wireshark.contains($0.mark) } == 15)
        #expect(Set(TCPMarks.names.map(\.mark.rawValue)).count == TCPMarks.names.count)
    }
}
