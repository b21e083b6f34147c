import CaptureFile
public import Conversations
public import PacketWire

/// A capture written down as a script: who sends what, when. Frames are built and decoded like real ones.
public struct PacketScript {
    public struct Frame {
        public var packet: Packet
        public var bytes: [UInt8]
        public var at: Instant
    }

    public let client: IPAddress
    public let server: IPAddress
    public private(set) var frames: [Frame] = []
    private var now = Instant.zero

    public init(_ family: IPFamily = .v4) {
        client = IPAddress(family == .v4 ? "198.51.100.2" : "2001:db8:1::2")!
        server = IPAddress(family == .v4 ? "203.0.113.10" : "2001:db8:5::10")!
    }

    /// Time passes.
    public mutating func wait(_ span: TimeSpan) { now = now + span }

    /// From the client to the server.
    public mutating func send(
        _ flags: TCPFlags, from source: UInt16 = 40_000, to port: UInt16 = 443, sequence: UInt32 = 1_000,
        acknowledges: UInt32 = 0, timeToLive: UInt8 = 64, payload: [UInt8] = []
    ) {
        let header = TCPHeader(
            from: source, to: port, flags, sequenceNumber: sequence, acknowledgementNumber: acknowledges)
        add(FrameBuilder(.rawIP, from: client, to: server, timeToLive: timeToLive).tcp(header, payload: payload))
    }

    /// From the server to the client.
    public mutating func answer(
        _ flags: TCPFlags, from port: UInt16 = 443, to source: UInt16 = 40_000, sequence: UInt32 = 5_000,
        acknowledges: UInt32 = 1_001, timeToLive: UInt8 = 61, payload: [UInt8] = []
    ) {
        let header = TCPHeader(
            from: port, to: source, flags, sequenceNumber: sequence, acknowledgementNumber: acknowledges)
        add(FrameBuilder(.rawIP, from: server, to: client, timeToLive: timeToLive).tcp(header, payload: payload))
    }

    public mutating func sendDatagram(
        from source: UInt16 = 40_000, to port: UInt16 = 53, timeToLive: UInt8 = 64, payload: [UInt8] = [1, 2, 3, 4]
    ) {
        add(
            FrameBuilder(.rawIP, from: client, to: server, timeToLive: timeToLive)
                .udp(from: source, to: port, payload: payload))
    }

    public mutating func answerDatagram(
        from port: UInt16 = 53, to source: UInt16 = 40_000, timeToLive: UInt8 = 61, payload: [UInt8] = [5, 6, 7, 8]
    ) {
        add(
            FrameBuilder(.rawIP, from: server, to: client, timeToLive: timeToLive)
                .udp(from: port, to: source, payload: payload))
    }

    /// Somebody's ICMP error about the latest frame that the client sent.
    public mutating func refuse(type: UInt8, code: UInt8, by sender: IPAddress, timeToLive: UInt8 = 62) {
        guard let quoted = frames.last(where: { $0.packet.source == client }) else { return }
        add(
            FrameBuilder(.rawIP, from: sender, to: client, timeToLive: timeToLive)
                .icmpError(type: type, code: code, quoting: quoted.packet.networkBytes(of: quoted.bytes)))
    }

    /// The capture did not see the first frame.
    public mutating func missFirst() { frames.removeFirst() }

    public mutating func add(_ bytes: [UInt8], linkType: LinkType = .rawIP) {
        frames.append(
            Frame(
                packet: Packet.decode(bytes.span, linkType: linkType, originalLength: bytes.count), bytes: bytes,
                at: now))
        now = now + .milliseconds(1)
    }

    /// The conversations of the script.
    public var table: ConversationTable {
        var table = ConversationTable()
        for (index, frame) in frames.enumerated() {
            table.observe(
                frame.packet, frame: index + 1, at: frame.at, quote: PacketQuote(frame.packet, in: frame.bytes.span),
                identifier: frame.packet.datagramIdentifier(in: frame.bytes.span))
        }
        return table
    }

    public var end: Instant { now }

    /// The script as a pcap file.
    public var captureFile: [UInt8] {
        var bytes: [UInt8] = []
        let writer = PcapWriter(linkType: .rawIP, to: &bytes)
        for frame in frames {
            let stamp = CaptureTimestamp(nanosecondsSince1970: 1_700_000_000_000_000_000 + frame.at.nanoseconds)
            writer.append(frame.bytes.span, at: stamp, to: &bytes)
        }
        return bytes
    }
}
