import Conversations
import PacketWire
import Testing

/// Who waited for whom in an open connection, and why.
struct StallTests {
    /// A connection that has carried 1,000 bytes each way.
    static func busy() -> TCPTalk {
        var talk = TCPTalk()
        talk.open()
        talk.client(1, 1, length: 1_000)
        talk.server(1, 1_001, length: 1_000)
        talk.client(1_001, 1_001)
        return talk
    }

    private func only(_ talk: TCPTalk) throws -> Stall {
        try #require(talk.analysis.stalls.longest.count == 1)
        return talk.analysis.stalls.longest[0]
    }

    @Test func aServerThatThinks() throws {
        var talk = Self.busy()
        talk.client(1_001, 1_001, length: 100)
        talk.server(1_001, 1_101)
        talk.wait(milliseconds: 1_500)
        talk.server(1_001, 1_101, length: 1_000)
        let stall = try only(talk)
        #expect(stall.cause == .senderIdle && stall.initiatorWaited && stall.length == .milliseconds(1_500))
        #expect(stall.lastFrameBefore == 8 && stall.firstFrameAfter == 9 && !stall.neverResumed)
    }

    @Test("The answer that acknowledges the question is an answer")
    func anAnswerThatAcknowledges() throws {
        var talk = Self.busy()
        talk.client(1_001, 1_001, length: 100)
        talk.wait(milliseconds: 1_500)
        talk.server(1_001, 1_101, length: 1_000)
        #expect(try only(talk).cause == .senderIdle)
        #expect(try only(talk).initiatorWaited)
    }

    @Test("Pauses are not worth a line, and neither is the handshake")
    func shortPauses() {
        var talk = Self.busy()
        talk.wait(milliseconds: 1_000)
        talk.client(1_001, 1_001, length: 100)
        talk.wait(milliseconds: 199)
        talk.server(1_001, 1_101)
        #expect(talk.analysis.stalls.isEmpty)
        var slow = TCPTalk()
        slow.client(.syn, 0)
        slow.wait(milliseconds: 3_000)
        slow.client(.syn, 0)
        slow.server([.syn, .ack], 0, 1)
        slow.client(1, 1)
        #expect(slow.analysis.stalls.isEmpty)
    }

    @Test("Keep-alives that were answered are over; the last ones were not", arguments: [2, 3])
    func keepAlivesFromThenOn(unanswered: Int) {
        var talk = Self.busy()
        for _ in 0..<2 {
            talk.wait(milliseconds: 30_000)
            talk.client(1_000, 1_001)
            talk.server(1_001, 1_001)
        }
        for _ in 0..<unanswered {
            talk.wait(milliseconds: 10_000)
            talk.client(1_000, 1_001)
        }
        talk.client([.rst, .ack], 1_001, 1_001)
        #expect(talk.analysis.stalls.longest.map(\.cause) == (unanswered < 3 ? [] : [.peerGone]))
        // Until the last answer the other end was there: frame 10 has it.
        guard let gone = talk.analysis.stalls.longest.first else { return }
        #expect(gone.length == .milliseconds(30_000) && gone.lastFrameBefore == 10)
    }

    @Test(
        "Segments that come and are not taken were not lost: their numbers are far from what the other end wants",
        arguments: [900_000_000, 3_000_000_000, 4_000_000_000, 2_000, 60_000] as [UInt32], [true, false])
    func numbersOutside(shift: UInt32, fromServer: Bool) throws {
        var talk = Self.busy()
        for delay in [0, 200, 400, 800] as [Int64] {
            talk.wait(milliseconds: delay)
            if fromServer {
                talk.server(1_001 &+ shift, 1_001, length: 500)
                talk.client(1_001, 1_001)
            } else {
                talk.client(1_001 &+ shift, 1_001, length: 500)
                talk.server(1_001, 1_001)
            }
        }
        talk.wait(milliseconds: 2_000)
        talk.client([.rst, .ack], 1_001, 1_001)
        let stall = try only(talk)
        // What a window spans, or nearly, was lost before it, or behind.
        #expect((stall.cause == .outOfWindow) == (shift > 1 << 24))
        #expect(stall.initiatorWaited != fromServer && stall.neverResumed)
    }

    @Test func aTimerRunsOut() throws {
        var talk = Self.busy()
        talk.client(1_001, 1_001, length: 1_000)
        for delay in [200, 400] as [Int64] {
            talk.wait(milliseconds: delay)
            talk.client(1_001, 1_001, length: 1_000)
        }
        talk.wait(milliseconds: 10)
        talk.server(1_001, 2_001)
        let stall = try only(talk)
        #expect(stall.cause == .loss && stall.initiatorWaited && stall.retransmissions == 2)
        #expect(stall.length == .milliseconds(610))
        #expect(talk.analysis.initiator.retransmissions == 2 && talk.analysis.initiator.repeatedBytes == 2_000)
        #expect(talk.analysis.stalls.share(.loss, of: .milliseconds(1_220)) == 0.5)
        #expect(talk.analysis.stalls.share(.loss, of: .zero) == 0)
    }

    @Test("The receiver does not read: the window closes, is probed, and opens")
    func closedWindow() throws {
        var talk = Self.busy()
        talk.client(1_001, 1_001, length: 1_000)
        talk.server(1_001, 2_001, window: 0)
        for _ in 0..<3 {
            talk.wait(milliseconds: 300)
            #expect(talk.client(2_001, 1_001, length: 1) == .zeroWindowProbe)
            talk.server(1_001, 2_001, window: 0)
        }
        talk.server(1_001, 2_001, window: 8_000)
        talk.client(2_001, 1_001, length: 1_000)
        let stall = try only(talk)
        #expect(stall.cause == .receiverWindow && stall.initiatorWaited && stall.length == .milliseconds(900))
    }

    @Test("A full window that nobody acknowledges is the receiver's affair, a part of it is only late")
    func fullWindow() throws {
        for (length, cause) in [(8_000, .receiverWindow), (7_000, .lateAcknowledgement)] as [(UInt32, Stall.Cause)] {
            var talk = Self.busy()
            talk.client(1_001, 1_001, length: length)
            talk.wait(milliseconds: 300)
            talk.server(1_001, 1_001 + length)
            #expect(try only(talk).cause == cause)
            #expect(try only(talk).initiatorWaited)
        }
    }

    @Test("A reset offers no window, and a SYN-ACK that is sent again is the handshake's affair")
    func noWindowAndNoLoss() {
        var talk = Self.busy()
        talk.server(.rst, 1_001, window: 0)
        talk.wait(milliseconds: 2_000)
        talk.server(.rst, 1_001, window: 0)
        var late = TCPTalk()
        late.open()
        for _ in 0..<3 {
            late.wait(milliseconds: 1_000)
            late.server([.syn, .ack], 0, 1)
        }
        late.server(.rst, 1, window: 0)
        #expect(talk.analysis.stalls.isEmpty && late.analysis.stalls.isEmpty)
    }

    @Test("Large segments are lost where small ones pass")
    func pathMTU() throws {
        var talk = Self.busy()
        talk.client(1_001, 1_001, length: 1_460)
        for _ in 0..<2 {
            talk.wait(milliseconds: 300)
            talk.client(1_001, 1_001, length: 1_460)
        }
        // RFC 4821: the sender tries less.
        talk.wait(milliseconds: 300)
        talk.client(1_001, 1_001, length: 512)
        talk.server(1_001, 1_513)
        #expect(try only(talk).cause == .pathMTU)

        // The same without a smaller one: the other end is alive, and never gets it.
        var hole = Self.busy()
        hole.client(1_001, 1_001, length: 1_460)
        for _ in 0..<4 {
            hole.wait(milliseconds: 300)
            hole.client(1_001, 1_001, length: 1_460)
        }
        hole.server(1_000, 1_001)
        hole.analysis.finish(at: hole.now)
        #expect(try only(hole).cause == .pathMTU)
        #expect(try only(hole).neverResumed)

        // What has passed before, passes again: plain loss.
        var loss = Self.busy()
        loss.client(1_001, 1_001, length: 1_000)
        for _ in 0..<3 {
            loss.wait(milliseconds: 300)
            loss.client(1_001, 1_001, length: 1_000)
        }
        loss.server(1_001, 2_001)
        #expect(try only(loss).cause == .loss)
    }

    @Test("Who gives up on what never arrives does not bring it on", arguments: [1_460, 200] as [UInt32])
    func givingUp(size: UInt32) throws {
        var talk = Self.busy()
        talk.client(1_001, 1_001, length: 100)
        talk.server(1_001, 1_101, length: size)
        for _ in 0..<4 {
            talk.wait(milliseconds: 300)
            talk.server(1_001, 1_101, length: size)
        }
        talk.client([.fin, .ack], 1_101, 1_001)
        for _ in 0..<2 {
            talk.wait(milliseconds: 300)
            talk.server(1_001, 1_102, length: size)
        }
        talk.analysis.finish(at: talk.now)
        let stall = try only(talk)
        #expect(stall.cause == (size > 1_000 ? .pathMTU : .loss) && !stall.initiatorWaited && stall.neverResumed)
        #expect(stall.length >= .milliseconds(1_800))
        // With the end comes what was waited for.
        var heard = Self.busy()
        heard.server(1_001, 1_001, length: 100)
        heard.wait(milliseconds: 300)
        heard.server(1_001, 1_001, length: 100)
        heard.client([.fin, .ack], 1_001, 1_101)
        #expect(try !only(heard).neverResumed)
        // What is sent again because its acknowledgement was lost is not said in vain, and the end is the end.
        var served = Self.busy()
        served.server(1_001, 1_001, length: 100)
        served.client(1_001, 1_101)
        served.client([.fin, .ack], 1_001, 1_101)
        served.wait(milliseconds: 210)
        served.client([.fin, .ack], 1_001, 1_101)
        served.server(1_001, 1_001, length: 100)
        served.client(1_002, 1_101)
        served.server([.fin, .ack], 1_101, 1_002)
        served.client(1_002, 1_102)
        served.analysis.finish(at: served.now + .seconds(5))
        #expect(served.analysis.stalls.longest.allSatisfy { !$0.neverResumed })
    }

    @Test func aRouterThatSaysSo() throws {
        var talk = Self.busy()
        talk.client(1_001, 1_001, length: 1_460)
        talk.analysis.noteTooBig(sentByInitiator: true)
        talk.wait(milliseconds: 300)
        talk.client(1_001, 1_001, length: 1_000)
        talk.server(1_001, 2_001)
        #expect(try only(talk).cause == .pathMTU)
    }

    @Test("Nobody answers any more: until a reset, and until the end of the capture", arguments: [true, false])
    func peerGone(_ endsWithReset: Bool) throws {
        var talk = Self.busy()
        talk.server(1_001, 1_001, length: 1_000)
        for doublings in 0..<5 {
            talk.wait(milliseconds: 200 << doublings)
            talk.server(1_001, 1_001, length: 1_000)
        }
        if endsWithReset { talk.server([.rst, .ack], 2_001, 1_001) } else { talk.analysis.finish(at: talk.now) }
        let stall = try only(talk)
        #expect(stall.cause == .peerGone && !stall.initiatorWaited && stall.neverResumed)
        #expect(stall.length == .milliseconds(6_200))
    }

    @Test func keepAlivesIntoTheVoid() throws {
        var talk = Self.busy()
        for _ in 0..<3 {
            talk.wait(milliseconds: 75_000)
            talk.client(1_000, 1_001)
        }
        talk.client([.rst, .ack], 1_001, 1_001)
        #expect(try only(talk).cause == .peerGone)
        // Answered, they are a pause like any other, and nobody waits for anything when the capture ends.
        var alive = Self.busy()
        for _ in 0..<3 {
            alive.wait(milliseconds: 75_000)
            alive.client(1_000, 1_001)
            #expect(alive.server(1_001, 1_001) == .keepAliveACK)
        }
        alive.analysis.finish(at: alive.now)
        #expect(alive.analysis.stalls.isEmpty)
    }

    @Test("A capture of one direction has pauses, and nothing to say of acknowledgements")
    func oneDirection() throws {
        var talk = TCPTalk()
        talk.client(1, 1, length: 1_000)
        talk.client(1_001, 1, length: 1_000)
        talk.wait(milliseconds: 5_000)
        talk.client(2_001, 1, length: 1_000)
        #expect(try only(talk).cause == .senderIdle)
    }

    @Test("The longest of each cause are kept, longest first, and all are counted")
    func bounds() {
        var talk = Self.busy()
        var next: UInt32 = 1_001
        for step in 1...10 as ClosedRange<Int64> {
            talk.client(next, 1_001, length: 10)
            talk.wait(milliseconds: 300 * step)
            talk.client(next, 1_001, length: 10)
            next += 10
            talk.server(1_001, next)
            talk.wait(milliseconds: 1_100)
        }
        let log = talk.analysis.stalls
        #expect(
            log.longest.filter { $0.cause == .loss }.map(\.length.nanoseconds)
                == [3_000, 2_700, 2_400].map { $0 * 1_000_000 })
        #expect(log.longest.count == 6)
        #expect(log.longest.map(\.length) == log.longest.map(\.length).sorted(by: >))
        #expect(log.total(.loss).count == 10 && log.total(.loss).time == .milliseconds(300 * 55))
        #expect(log.total(.senderIdle).count == 9 && log.total(.pathMTU).count == 0)
    }
}
