import Conversations
import Diagnosis
import HostNetwork
import PacketWire
import Probing

/// A UDP target's own question, asked again and again from one port.
final class RepeatedQuestion: FollowUpWork {
    private let socket: ProbeSocket
    private let datagram: UDPPayload
    private let port: UInt16
    private(set) var local: Endpoint?

    var descriptor: Int32 { socket.descriptor }
    var kind: Attempt.Kind { .udp(port: port) }
    var isConnecting: Bool { false }

    init(
        _ datagram: UDPPayload, to remote: Endpoint, scope: UInt32, options: ProbeSocket.Options
    ) throws(SystemCallError) {
        self.datagram = datagram
        port = remote.port
        socket = try ProbeSocket(.udp, remote.address.family, options: options)
        if case .failed(let errno) = socket.connect(to: remote, scope: scope) {
            throw SystemCallError("connect", errno: errno)
        }
        local = socket.localEndpoint
    }

    func again(at now: Instant) -> [FollowUpOutcome] {
        socket.send(datagram.first).map { [.failed(SocketError(system: $0))] } ?? []
    }

    func handle(_ event: Poller.Event, at now: Instant) -> [FollowUpOutcome] {
        let error = socket.socketError()
        let refusals = socket.errorQueue()
        if case .bytes = socket.receive() { return [.answered] }
        let errno = error != 0 ? error : refusals.last?.errno
        return errno.map { [.failed(SocketError(system: $0))] } ?? []
    }

    func stop(at now: Instant) -> [FollowUpOutcome] {
        socket.close()
        return []
    }
}

extension Facts {
    /// The target itself answers: there is something that could be forgotten.
    var isReached: Bool {
        guard let primary = attempts.first, case .reached = primary.answer else { return false }
        return true
    }
}
