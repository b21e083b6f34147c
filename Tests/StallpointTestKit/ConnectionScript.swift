import CaptureFile
public import PacketWire

/// One connection, written as it goes: numbers and acknowledgements are kept, and each step comes ten milliseconds
/// after the one before it.
public struct ConnectionScript {
    /// Frames with their times in nanoseconds from the beginning.
    public private(set) var frames: [(at: Int64, bytes: [UInt8])] = []
    private var directions: [Bool] = []
    public var there: FrameBuilder
    public var back: FrameBuilder
    public let clientPort: UInt16
    public let serverPort: UInt16
    /// What every frame is put into before it is kept.
    public var carrier: ([UInt8], _ isThere: Bool) -> [UInt8] = { bytes, _ in bytes }
    /// In nanoseconds.
    public var now: Int64 = 0
    private var clientNumber: UInt32
    private var serverNumber: UInt32 = 5_000

    public static let client = IPAddress.v4(IPv4Address(rawValue: 0x0A00_0001))
    public static let server = IPAddress.v4(IPv4Address(rawValue: 0xCB00_7101))

    public init(
        from client: IPAddress = Self.client, _ clientPort: UInt16 = 40_000, to server: IPAddress = Self.server,
        _ serverPort: UInt16 = 443, link: FrameBuilder.Link = .rawIP, number: UInt32 = 1_000
    ) {
        clientNumber = number
        there = FrameBuilder(link, from: client, to: server, timeToLive: 64)
        back = there.reversed
        back.timeToLive = 61
        (self.clientPort, self.serverPort) = (clientPort, serverPort)
    }

    private static let options: TCPOptions = {
        var options = TCPOptions()
        options.maximumSegmentSize = 1_460
        return options
    }()

    public mutating func wait(_ milliseconds: Int64) { now += milliseconds * 1_000_000 }

    public mutating func syn() {
        send(true, .syn)
    }

    /// The server's answer, of which the client makes nothing.
    public mutating func synAck() {
        clientNumber &+= 1
        send(false, [.syn, .ack])
        clientNumber &-= 1
    }

    /// The server's SYN-ACK once more, as it was.
    public mutating func repeatAnswer() {
        guard frames.count > 1 else { return }
        frames.append((now, frames[1].bytes))
        directions.append(false)
        wait(10)
    }

    /// The client's answer to a SYN-ACK of a connection that it has not, or not any more: RFC 9293 section 3.10.7.1.
    public mutating func resetAnswer() {
        clientNumber &+= 1
        send(true, .rst)
        clientNumber &-= 1
    }

    public mutating func handshake() {
        send(true, .syn)
        answerOpening()
    }

    /// The SYN is accepted, and the client goes on.
    public mutating func answerOpening() {
        clientNumber &+= 1
        send(false, [.syn, .ack])
        serverNumber &+= 1
        send(true, .ack)
    }

    public mutating func client(_ payload: [UInt8]) {
        send(true, [.ack, .psh], payload)
        clientNumber &+= UInt32(payload.count)
    }

    public mutating func server(_ payload: [UInt8]) {
        send(false, [.ack, .psh], payload)
        serverNumber &+= UInt32(payload.count)
    }

    /// The latest frame once more, a second later.
    public mutating func repeatLast() {
        guard let last = frames.last else { return }
        wait(1_000)
        frames.append((now, last.bytes))
        directions.append(directions.last ?? true)
        wait(10)
    }

    public mutating func acknowledge(fromClient: Bool) { send(fromClient, .ack) }

    /// An acknowledgement that leaves no room for a byte.
    public mutating func shutWindow(ofClient: Bool) { send(ofClient, .ack, window: 0) }

    /// The client's kernel asks whether the server still knows the connection: RFC 9293 section 3.8.4.
    public mutating func keepAlive() {
        clientNumber &-= 1
        send(true, .ack)
        clientNumber &+= 1
    }

    /// The client gives up, having taken nothing of what the server said.
    public func closedWithoutAcknowledging() -> ConnectionScript {
        var result = self
        result.serverNumber = 5_001
        result.send(true, [.rst, .ack])
        return result
    }

    /// The client gives up, having taken all but the latest bytes of what the server said.
    public func resettingUnheard(_ count: UInt32) -> ConnectionScript {
        var result = self
        result.serverNumber &-= count
        result.send(true, [.rst, .ack])
        return result
    }

    /// The same, and it says so with its end.
    public func closingUnheard(_ count: UInt32) -> ConnectionScript {
        var result = self
        result.serverNumber &-= count
        result.send(true, [.fin, .ack])
        return result
    }

    /// One end has nothing more to say.
    public mutating func finish(fromClient: Bool) {
        send(fromClient, [.fin, .ack])
        if fromClient { clientNumber &+= 1 } else { serverNumber &+= 1 }
    }

    public mutating func finish(byClient: Bool) {
        send(byClient, [.fin, .ack])
        if byClient { clientNumber &+= 1 } else { serverNumber &+= 1 }
        send(!byClient, [.fin, .ack])
        if byClient { serverNumber &+= 1 } else { clientNumber &+= 1 }
        send(byClient, .ack)
    }

    /// For a segment of a connection that it no longer has: RFC 9293 section 3.10.7.1.
    public mutating func lateReset(byClient: Bool = false) { send(byClient, .rst) }

    public mutating func reset(byClient: Bool, timeToLive: UInt8? = nil, saying text: [UInt8] = []) {
        let kept = back.timeToLive
        if let timeToLive, !byClient { back.timeToLive = timeToLive }
        send(byClient, [.rst, .ack], text)
        back.timeToLive = kept
    }

    /// The answer to a SYN where nothing listens: RFC 9293 section 3.10.7.1.
    public mutating func refuse() {
        clientNumber &+= 1
        let kept = serverNumber
        serverNumber = 0
        send(false, [.rst, .ack])
        serverNumber = kept
    }

    /// A datagram there or back.
    public mutating func datagram(_ payload: [UInt8], fromClient: Bool) {
        let builder = fromClient ? there : back
        keep(
            builder.udp(
                from: fromClient ? clientPort : serverPort, to: fromClient ? serverPort : clientPort, payload: payload),
            fromClient)
    }

    /// Any frame.
    public mutating func keep(_ bytes: [UInt8], _ isThere: Bool) {
        frames.append((now, carrier(bytes, isThere)))
        directions.append(isThere)
        wait(10)
    }

    /// The same without the frames that a capture did not see.
    public func keeping(_ isSeen: (_ bytes: [UInt8], _ isThere: Bool) -> Bool) -> ConnectionScript {
        var result = self
        let kept = zip(frames, directions).filter { isSeen($0.0.bytes, $0.1) }
        result.frames = kept.map(\.0)
        result.directions = kept.map(\.1)
        return result
    }

    /// As a router sees it that captures on all of its interfaces: each packet once more, so many nanoseconds later,
    /// when it has passed it on. Raw IP only.
    ///
    /// - Parameter isFarFirst: as where several interfaces write into one file, and the farther one is quicker.
    public func forwarded(after delay: Int64, isFarFirst: Bool = false) -> ConnectionScript {
        var result = self
        result.frames = frames.flatMap { frame in
            var passedOn = frame.bytes
            if passedOn[0] >> 4 == 6 {
                passedOn[7] &-= 1
            } else {
                passedOn[8] &-= 1
                // RFC 1624: the header's checksum grows by what the TTL's word lost.
                let sum = UInt32(passedOn[10]) << 8 + UInt32(passedOn[11]) + 0x100
                passedOn[10] = UInt8(truncatingIfNeeded: (sum + sum >> 16) >> 8)
                passedOn[11] = UInt8(truncatingIfNeeded: sum + sum >> 16)
            }
            let pair = isFarFirst ? [passedOn, frame.bytes] : [frame.bytes, passedOn]
            return [(frame.at, pair[0]), (frame.at + delay, pair[1])]
        }
        result.directions = directions.flatMap { [$0, $0] }
        return result
    }

    /// As a mirror port shows it that copies what comes in and what goes out: each packet twice, 20 microseconds apart.
    public var mirrored: ConnectionScript {
        var result = self
        result.frames = frames.flatMap { [$0, ($0.at + 20_000, $0.bytes)] }
        result.directions = directions.flatMap { [$0, $0] }
        return result
    }

    private mutating func send(_ fromClient: Bool, _ flags: TCPFlags, _ payload: [UInt8] = [], window: UInt16 = 64_240)
    {
        var header = TCPHeader(
            from: fromClient ? clientPort : serverPort, to: fromClient ? serverPort : clientPort, flags,
            sequenceNumber: fromClient ? clientNumber : serverNumber,
            acknowledgementNumber: flags.contains(.ack) ? (fromClient ? serverNumber : clientNumber) : 0,
            options: flags.contains(.syn) ? Self.options : TCPOptions())
        header.window = window
        keep((fromClient ? there : back).tcp(header, payload: payload), fromClient)
    }

    /// The frames of several connections as one capture, in the order of their times.
    public static func captureFile(_ connections: [ConnectionScript], linkType: LinkType? = nil) -> [UInt8] {
        var bytes: [UInt8] = []
        let writer = PcapWriter(linkType: linkType ?? connections[0].there.linkType, to: &bytes)
        let frames = connections.enumerated().flatMap { place, connection in
            connection.frames.map { (at: $0.at, place: place, bytes: $0.bytes) }
        }
        for frame in frames.sorted(by: { ($0.at, $0.place) < ($1.at, $1.place) }) {
            writer.append(
                frame.bytes.span,
                at: CaptureTimestamp(nanosecondsSince1970: 1_700_000_000_000_000_000 + frame.at), to: &bytes)
        }
        return bytes
    }

    public var captureFile: [UInt8] { Self.captureFile([self]) }

    /// As one has it that keeps so many bytes of each packet.
    public func captured(snapLength: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        let writer = PcapWriter(linkType: there.linkType, to: &bytes)
        for frame in frames {
            writer.append(
                Array(frame.bytes.prefix(snapLength)).span,
                at: CaptureTimestamp(nanosecondsSince1970: 1_700_000_000_000_000_000 + frame.at),
                originalLength: frame.bytes.count, to: &bytes)
        }
        return bytes
    }
}
