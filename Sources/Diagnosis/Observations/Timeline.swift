import Conversations
import PacketWire

extension Observations {
    /// The primary attempt, packet by packet; events that only the socket saw stand between them.
    var timeline: [TimelineEntry] {
        guard let primary else { return [] }
        var entries = primary.packets.map { packet in
            TimelineEntry(
                at: packet.at, direction: packet.fromInitiator ? .out : .in, summary: packet.phrase, frame: packet.frame
            )
        }
        if entries.isEmpty, primary.socket?.isAtOnce != true {
            entries.append(
                TimelineEntry(
                    at: primary.startedAt, direction: .out,
                    summary: transport == .tcp ? "socket: connect" : "socket: send", frame: nil))
        }
        if let socket = primary.socket { entries += socketEntries(socket) }
        return entries.sorted { $0.at < $1.at }
    }

    private func socketEntries(_ socket: SocketOutcome) -> [TimelineEntry] {
        var entries: [TimelineEntry] = []
        switch (socket.state, socket.at) {
        case (.failed(let error, _), let at?):
            entries.append(TimelineEntry(at: at, direction: .in, summary: "socket: \(error)", frame: nil))
        case (.connected, let at?):
            let summary = transport == .tcp ? "socket: connected" : "socket: answered"
            entries.append(TimelineEntry(at: at, direction: .in, summary: summary, frame: nil))
        case (.pending, _):
            entries.append(
                TimelineEntry(
                    at: facts.observedUntil, direction: .in, summary: "socket: still waiting, observation ends",
                    frame: nil))
        default: break
        }
        switch socket.aftermath {
        case .closed(let at, _):
            entries.append(TimelineEntry(at: at, direction: .in, summary: "socket: closed by the far end", frame: nil))
        case .reset(let at, let error, _):
            entries.append(TimelineEntry(at: at, direction: .in, summary: "socket: \(error)", frame: nil))
        case .held, nil: break
        }
        return entries
    }

    /// How long the stages took.
    /// What the capture has begins with the answer: how long that took, nobody knows.
    var isAnswerAlone: Bool { facts.isOffline && primary?.packets.first?.fromInitiator == false }

    var timing: StageTiming {
        var timing = StageTiming(resolve: facts.resolution?.elapsed)
        if let primary, case .answered(let reply) = symptom, let at = reply.at, !isAnswerAlone {
            timing.handshake = at - primary.startedAt
        }
        if let primary, case .broken = symptom {
            timing.handshake = (primary.socket?.at ?? handshake.synAcks.first?.at).map { $0 - primary.startedAt }
        }
        return timing
    }
}

extension SocketOutcome {
    var isAtOnce: Bool {
        if case .failed(_, atOnce: true) = state { true } else { false }
    }
}

extension SeenPacket {
    /// One line, as tcpdump would say it.
    var phrase: String {
        switch kind {
        case .tcp(let header, let length):
            var text = "\(header.flags) seq \(header.sequenceNumber)"
            if header.flags.contains(.ack) { text += " ack \(header.acknowledgementNumber)" }
            text += " win \(header.window)"
            if header.flags.contains(.syn) { text += header.options.offerPhrase }
            if length > 0 { text += " len \(length)" }
            return fromInitiator ? text : "\(text) (TTL \(timeToLive))"
        case .udp(let length):
            let text = isPartial ? "first fragment of a datagram, \(length) bytes of it" : "datagram of \(length) bytes"
            return fromInitiator ? text : "\(text) (TTL \(timeToLive))"
        case .icmpError(let error, let mtu, _):
            return "\(error.phrase) from \(source)" + (mtu.map { ", MTU \($0)" } ?? "")
        case .echoRequest:
            return "echo request (TTL \(timeToLive))"
        case .echoReply:
            return "echo reply from \(source) (TTL \(timeToLive))"
        }
    }
}
