import Diagnosis
import HostNetwork
import PacketWire
import Probing

/// The datagrams of a ladder that is one flow.
extension ProbeRun {
    /// Sends one. All leave from one socket, each with its own TTL; what comes back is the wire's to tell, for the
    /// socket could not say which of them it belongs to.
    func sendRung(_ order: AttemptOrder, _ index: Int, to address: IPAddress, _ options: ProbeSocket.Options) {
        guard let port = order.kind.port, let timeToLive = order.timeToLive else { return }
        let key = LadderFlow.Key(order)
        var flow = targets[index].ladders[key] ?? LadderFlow()
        do throws(SystemCallError) {
            if flow.socket == nil { flow.socket = try ladderSocket(to: Endpoint(address, port), index, options) }
            guard let socket = flow.socket else { return }
            try socket.setTimeToLive(timeToLive)
            let payload = payload(index, port: port).rung(flow.sent)
            flow.sent += 1
            targets[index].ladders[key] = flow
            if let local = socket.localEndpoint {
                targets[index].probe?.note(local: local, attempt: order.attempt)
                wire.register(
                    order.kind, local: local, remote: address, target: index, attempt: order.attempt,
                    timeToLive: timeToLive, payload: payload)
            }
            let failure = kernel.sending(order.kind, target: index, attempt: order.attempt) {
                // A refusal of an earlier datagram is told by the next call, which then sends nothing.
                socket.send(payload).flatMap { _ in socket.send(payload) }
            }
            if let failure { throw SystemCallError("send", errno: failure) }
        } catch {
            let outcome = SocketOutcome(state: .failed(SocketError(system: error.errno), atOnce: true), at: clock.now)
            tell(.outcome(attempt: order.attempt, outcome), index)
        }
    }

    private func ladderSocket(
        to remote: Endpoint, _ index: Int, _ options: ProbeSocket.Options
    ) throws(SystemCallError) -> ProbeSocket {
        let socket = try ProbeSocket(.udp, remote.address.family, options: options)
        // Nobody reads it.
        socket.setErrorQueue(enabled: false)
        if case .failed(let errno) = socket.connect(to: remote, scope: targets[index].scope) {
            throw SystemCallError("connect", errno: errno)
        }
        return socket
    }
}
