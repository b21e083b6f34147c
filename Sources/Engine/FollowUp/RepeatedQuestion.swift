import Conversations
import Diagnosis
import HostNetwork
import PacketWire
import Probing

/// A UDP target's own question, asked again and again from one port. After each answer it is asked with another number, so
/// that a late copy of that answer is not taken for the next one.
final class RepeatedQuestion: SocketWork {
    let socket: ProbeSocket
    private let datagram: UDPPayload
    private let port: UInt16
    private var number = 0
    private var isAnswered = false
    private(set) var local: Endpoint?

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
        if isAnswered { (number, isAnswered) = (number + 1, false) }
        // A refusal of the one before is reported by the next call, whichever that is.
        return socket.send(datagram.question(number)).map { [refusal ?? .failed(SocketError(system: $0))] } ?? []
    }

    func handle(_ event: Poller.Event, at now: Instant) -> [FollowUpOutcome] {
        let error = socket.socketError()
        let refusal = refusal
        if case .bytes(let bytes, _) = socket.receive() {
            // Of bytes that nobody knows any answer is one.
            if case .foreign(let mismatch)? = datagram.check(bytes, toQuestion: number) { return [.foreign(mismatch)] }
            isAnswered = true
            return [.answered]
        }
        if let refusal { return [refusal] }
        return error != 0 ? [.failed(SocketError(system: error))] : []
    }

    /// What the error queue has, the latest of it.
    private var refusal: FollowUpOutcome? {
        guard let entry = socket.errorQueue().last else { return nil }
        guard let family = entry.icmpFamily, let sender = entry.sender else {
            return .failed(SocketError(system: entry.errno))
        }
        return .rejected(ICMPError(family: family, type: entry.type, code: entry.code), by: sender)
    }
}

extension Facts {
    /// The target itself answers: there is something that could be forgotten.
    var isReached: Bool {
        guard let primary = attempts.first, case .reached = primary.answer else { return false }
        return true
    }
}
