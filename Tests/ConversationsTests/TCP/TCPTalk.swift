import Conversations
import PacketWire

/// A connection written down as a script: who sends what, when. Numbers are relative to the initial ones, as
/// Wireshark shows them: the SYN is 0, the first byte of data 1.
struct TCPTalk {
    static let clientBase: UInt32 = 1_000_000
    static let serverBase: UInt32 = 4_294_960_000

    var analysis = TCPAnalysis()
    private(set) var now = Instant(nanoseconds: 5_000_000_000)
    private(set) var frame: UInt32 = 0

    mutating func wait(milliseconds: Int64) { now = now + .milliseconds(milliseconds) }

    @discardableResult
    mutating func client(
        _ flags: TCPFlags, _ sequence: UInt32, _ acknowledgement: UInt32 = 0, length: UInt32 = 0,
        window: UInt16 = 8_000, scale: UInt8? = nil, multipath: UInt8? = nil
    ) -> TCPMarks {
        send(
            true, flags, Self.clientBase &+ sequence,
            flags.contains(.ack) ? Self.serverBase &+ acknowledgement : acknowledgement, length, window, scale,
            multipath)
    }

    @discardableResult
    mutating func server(
        _ flags: TCPFlags, _ sequence: UInt32, _ acknowledgement: UInt32 = 0, length: UInt32 = 0,
        window: UInt16 = 8_000, scale: UInt8? = nil, multipath: UInt8? = nil
    ) -> TCPMarks {
        send(
            false, flags, Self.serverBase &+ sequence,
            flags.contains(.ack) ? Self.clientBase &+ acknowledgement : acknowledgement, length, window, scale,
            multipath)
    }

    private mutating func send(
        _ fromClient: Bool, _ flags: TCPFlags, _ sequence: UInt32, _ acknowledgement: UInt32, _ length: UInt32,
        _ window: UInt16, _ scale: UInt8?, _ multipath: UInt8?
    ) -> TCPMarks {
        frame += 1
        let isSYN = flags.contains(.syn)
        return analysis.observe(
            TCPSegment(
                at: now, frame: frame, fromInitiator: fromClient, flags, sequenceNumber: sequence,
                acknowledgementNumber: acknowledgement, window: window, payloadLength: length,
                maximumSegmentSize: isSYN ? 1_460 : nil, windowScale: scale, multipathSubtype: multipath,
                sackPermitted: isSYN, hasTimestamps: true))
    }

    @discardableResult
    mutating func client(
        _ sequence: UInt32, _ acknowledgement: UInt32, length: UInt32 = 0, window: UInt16 = 8_000,
        multipath: UInt8? = nil
    ) -> TCPMarks {
        client(.ack, sequence, acknowledgement, length: length, window: window, multipath: multipath)
    }

    @discardableResult
    mutating func server(
        _ sequence: UInt32, _ acknowledgement: UInt32, length: UInt32 = 0, window: UInt16 = 8_000,
        multipath: UInt8? = nil
    ) -> TCPMarks {
        server(.ack, sequence, acknowledgement, length: length, window: window, multipath: multipath)
    }

    /// SYN, SYN-ACK and ACK, a round trip of 10 ms.
    mutating func open(scale: UInt8? = nil) {
        client(.syn, 0, scale: scale)
        wait(milliseconds: 10)
        server([.syn, .ack], 0, 1, scale: scale)
        client(1, 1)
    }
}

extension TCPTalk {
    /// The segment that would come next, without its being seen.
    func segment(fromClient: Bool, _ flags: TCPFlags, sequence: UInt32) -> TCPSegment {
        TCPSegment(at: now, frame: frame + 1, fromInitiator: fromClient, flags, sequenceNumber: sequence)
    }
}
