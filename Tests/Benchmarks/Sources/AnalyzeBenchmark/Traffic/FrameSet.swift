import PacketWire

/// The frames of one family of addresses.
struct FrameSet {
    static let request = Array("GET /status HTTP/1.1\r\nHost: app.example.net\r\nAccept: */*\r\n\r\n".utf8)
    static let head = Array("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nTransfer-Encoding: identity\r\n\r\n".utf8)
    static let body = Array("The quick brown fox jumps over the lazy dog, and once more over it. ".utf8)
    /// Names that are looked up.
    static let names = 32

    /// By `Script.Frame`, from the client and from the server; and by name, where names are in them.
    private var templates: [FrameTemplate] = []
    private var starts: [Int] = []

    init(_ family: IPFamily) {
        let zero: IPAddress = family == .v4 ? .v4(IPv4Address(rawValue: 0)) : .v6(IPv6Address(rawValue: 0))
        let near = MACAddress(rawValue: 0x02_00_00_00_00_01)
        let far = MACAddress(rawValue: 0x02_00_00_00_00_02)
        let client = FrameBuilder(.ethernet(from: near, to: far), from: zero, to: zero, timeToLive: 64)
        let server = FrameBuilder(.ethernet(from: far, to: near), from: zero, to: zero, timeToLive: 57)
        let router = FrameBuilder(.ethernet(from: far, to: near), from: zero, to: zero, timeToLive: 62)
        let stamps: [TCPOption] = [.noOperation, .noOperation, .timestamps(TCPTimestamps(value: 0, echoReply: 0))]
        let opening: [TCPOption] = [.maximumSegmentSize(1460)] + stamps + [.noOperation, .windowScale(7)]

        for frame in Script.Frame.allCases {
            starts.append(templates.count)
            for builder in [client, server] {
                for name in 0..<(Self.isNamed(frame) ? Self.names : 1) {
                    templates.append(
                        Self.template(frame, builder, router: router, opening, stamps, name, family))
                }
            }
        }
    }

    private static func isNamed(_ frame: Script.Frame) -> Bool { frame == .query || frame == .response }

    private static func template(
        _ frame: Script.Frame, _ builder: FrameBuilder, router: FrameBuilder, _ opening: [TCPOption],
        _ stamps: [TCPOption], _ name: Int, _ family: IPFamily
    ) -> FrameTemplate {
        func syn(_ builder: FrameBuilder) -> FrameTemplate {
            .tcp(builder, .syn, options: opening, window: 64_240)
        }
        switch frame {
        case .syn: return syn(builder)
        case .synAck: return .tcp(builder, [.syn, .ack], options: opening, window: 65_160)
        case .ack: return .tcp(builder, .ack, options: stamps)
        case .finAck: return .tcp(builder, [.fin, .ack], options: stamps)
        case .reset: return .tcp(builder, [.rst, .ack], window: 0)
        case .request: return .tcp(builder, [.psh, .ack], options: stamps, payload: request)
        case .head: return .tcp(builder, [.psh, .ack], options: stamps, payload: head)
        case .body: return .tcp(builder, [.psh, .ack], options: stamps, payload: body)
        case .prohibition: return .prohibition(router, of: syn(builder))
        case .query: return .dns(builder, question(name))
        case .response:
            let question = question(name)
            let answer = DNSRecord(
                question.questions[0].name, .v4(IPv4Address(rawValue: 0xCB00_7100 | UInt32(name + 1))))
            return .dns(builder, question.response(answers: [answer]))
        }
    }

    private static func question(_ name: Int) -> DNSMessage {
        // swift-format-ignore: NeverForceUnwrap
        .query(DNSName("host-\(name).example.net")!, .a, identifier: 0)
    }

    // MARK: Making packets

    private func position(_ frame: Script.Frame, isFromClient: Bool, name: Int = 0) -> Int {
        let isNamed = Self.isNamed(frame)
        return starts[frame.rawValue] + (isFromClient ? 0 : isNamed ? Self.names : 1) + (isNamed ? name : 0)
    }

    /// Makes a packet, and gives it to be written.
    mutating func withPacket(
        _ frame: Script.Frame, isFromClient: Bool, name: Int, _ fields: FrameFields, _ body: ([UInt8]) throws -> Void
    ) rethrows {
        let position = position(frame, isFromClient: isFromClient, name: name)
        templates[position].set(fields)
        try body(templates[position].bytes)
    }

    /// A router's refusal of the SYN that a client sent.
    mutating func withProhibition(
        _ fields: FrameFields, of syn: FrameFields, _ body: ([UInt8]) throws -> Void
    ) rethrows {
        let quoted = position(.syn, isFromClient: true)
        templates[quoted].set(syn)
        let position = position(.prohibition, isFromClient: false)
        templates[position].set(fields, quoting: templates[quoted])
        try body(templates[position].bytes)
    }
}
