import Conversations
import Diagnosis
import HostNetwork
import PacketWire
import Probing

/// A connection on which nothing is said for a while, until the kernel asks whether the far end still knows it.
final class QuietConnection: SocketWork {
    let socket: ProbeSocket
    private let port: UInt16
    private let quiet: TimeSpan
    private var openedAt: Instant?
    private var hasEnded = false
    private(set) var local: Endpoint?

    var kind: Attempt.Kind { .tcp(port: port) }
    var isConnecting: Bool { openedAt == nil && !hasEnded }

    init(
        _ quiet: TimeSpan, to remote: Endpoint, scope: UInt32, options: ProbeSocket.Options, at now: Instant
    ) throws(SystemCallError) {
        self.quiet = quiet
        port = remote.port
        var options = options
        options.keepAliveAfter = Self.wholeSeconds(quiet)
        socket = try ProbeSocket(.tcp, remote.address.family, options: options)
        if case .failed(let errno) = socket.connect(to: remote, scope: scope) {
            throw SystemCallError("connect", errno: errno)
        }
        local = socket.localEndpoint
    }

    /// TCP_KEEPIDLE has seconds, 32,767 at the most.
    private static func wholeSeconds(_ time: TimeSpan) -> Int {
        Int(clamping: min(32_767, max(1, (time.nanoseconds + 999_999_999) / 1_000_000_000)))
    }

    func handle(_ event: Poller.Event, at now: Instant) -> [FollowUpOutcome] {
        guard !hasEnded else { return [] }
        if openedAt == nil {
            let error = socket.socketError()
            guard error == 0 else { return end(.failed(SocketError(system: error))) }
            guard let info = socket.tcpInfo(), info.isEstablishedOrLater else { return [] }
            openedAt = now
            // A stray ICMP error must not end the connection: net/ipv4/tcp_ipv4.c, tcp_v4_err.
            socket.setErrorQueue(enabled: false)
            return [.connected(packet: info.fullPacket(local?.address.family ?? .v4))] + listen()
        }
        return listen()
    }

    /// What the server says is taken and thrown away; how it ends matters.
    private func listen() -> [FollowUpOutcome] {
        for _ in 0..<16 {
            switch socket.receive() {
            case .bytes: continue
            case .wouldBlock: return []
            case .endOfStream: return end(.closed(isReset: false))
            case .failed(let errno):
                let error = SocketError(system: errno)
                // Nobody acknowledged what the kernel asked (net/ipv4/tcp_timer.c, tcp_keepalive_timer).
                if error.isNamed("ETIMEDOUT") { return end(.lost) }
                return end(error.isNamed("ECONNRESET", "EPIPE", "ECONNREFUSED") ? .closed(isReset: true) : .lost)
            }
        }
        return []
    }

    /// Whether what the kernel asked was acknowledged.
    func again(at now: Instant) -> [FollowUpOutcome] {
        guard !hasEnded, let openedAt, let info = socket.tcpInfo(), info.unansweredProbes == 0,
            now - openedAt >= quiet
        else { return [] }
        let age = TimeSpan.milliseconds(Int64(info.lastAcknowledgement))
        // The handshake's own is as old as the connection.
        return now - openedAt + .milliseconds(100) >= quiet + age ? end(.alive) : []
    }

    private func end(_ outcome: FollowUpOutcome) -> [FollowUpOutcome] {
        hasEnded = true
        return [outcome]
    }
}
