import Conversations
import Diagnosis
import HostNetwork
import PacketWire
import Probing

/// One question of DNS on a socket of its own: a datagram, or a connection over which it is sent once that stands.
final class NameQuestion: SocketWork {
    let socket: ProbeSocket
    private let transport: Transport
    private let port: UInt16
    private let bytes: [UInt8]
    private var stream = DNSStream()
    private var hasEnded = false
    private(set) var isConnecting: Bool
    private(set) var local: Endpoint?

    var kind: Attempt.Kind { transport == .tcp ? .tcp(port: port) : .udp(port: port) }

    /// Between two looks at the clock: anybody may write to this port.
    private static let mostAtOnce = 16

    init(
        _ bytes: [UInt8], over transport: Transport, to remote: Endpoint, scope: UInt32, options: ProbeSocket.Options
    ) throws(SystemCallError) {
        self.bytes = bytes
        self.transport = transport
        port = remote.port
        isConnecting = transport == .tcp
        socket = try ProbeSocket(transport, remote.address.family, options: options)
        if case .failed(let errno) = socket.connect(to: remote, scope: scope) {
            throw SystemCallError("connect", errno: errno)
        }
        local = socket.localEndpoint
    }

    /// A datagram once more. What is asked over a connection is repeated by its TCP.
    func again(at now: Instant) -> [FollowUpOutcome] {
        guard transport == .udp, !hasEnded, let errno = socket.send(bytes) else { return [] }
        // A refusal of the one before is reported by the next call, whichever that is.
        _ = socket.errorQueue()
        return end(.failed(SocketError(system: errno)))
    }

    func handle(_ event: Poller.Event, at now: Instant) -> [FollowUpOutcome] {
        guard !hasEnded else { return [] }
        var outcomes: [FollowUpOutcome] = []
        if isConnecting {
            let error = socket.socketError()
            let refusals = socket.errorQueue()
            guard error == 0 else { return end(.failed(SocketError(system: error))) }
            guard let info = socket.tcpInfo(), info.isEstablishedOrLater else {
                return refusals.last.map { end(.failed(SocketError(system: $0.errno))) } ?? []
            }
            isConnecting = false
            // A stray ICMP error must not end the connection: net/ipv4/tcp_ipv4.c, tcp_v4_err.
            socket.setErrorQueue(enabled: false)
            outcomes.append(.connected(packet: nil))
            if let errno = socket.send(bytes) { return outcomes + end(.failed(SocketError(system: errno))) }
        }
        return outcomes + listen()
    }

    private func listen() -> [FollowUpOutcome] {
        var outcomes: [FollowUpOutcome] = []
        for _ in 0..<Self.mostAtOnce {
            switch socket.receive() {
            case .bytes(let bytes, _):
                outcomes += (transport == .udp ? [bytes] : stream.append(bytes)).map { .heard($0) }
            case .wouldBlock:
                return outcomes + refusal
            case .endOfStream:
                return outcomes + end(.closed(isReset: false))
            case .failed(let errno):
                let error = SocketError(system: errno)
                _ = socket.errorQueue()
                let isReset = transport == .tcp && error.isNamed("ECONNRESET", "EPIPE")
                return outcomes + end(isReset ? .closed(isReset: true) : .failed(error))
            }
        }
        return outcomes
    }

    /// What ICMP said of a datagram.
    private var refusal: [FollowUpOutcome] {
        guard transport == .udp else { return [] }
        let error = socket.socketError()
        let refusals = socket.errorQueue()
        let errno = error != 0 ? error : refusals.last?.errno
        return errno.map { end(.failed(SocketError(system: $0))) } ?? []
    }

    private func end(_ outcome: FollowUpOutcome) -> [FollowUpOutcome] {
        hasEnded = true
        return [outcome]
    }
}
