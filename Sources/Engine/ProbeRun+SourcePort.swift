import Conversations
import Diagnosis
import HostNetwork
import PacketWire
import Probing

/// The ladder from the source port that a person asked for. The kernel has room for one connection attempt between two
/// endpoints (net/ipv4/inet_hashtables.c, __inet_check_established), and that is the probe's own as long as it waits.
extension ProbeRun {
    /// Whether another attempt of this target has the port now. Two sockets of one flow of datagrams could both have it,
    /// and the later one would get the answers to the earlier one's.
    func isPortTaken(_ order: AttemptOrder, _ index: Int) -> Bool {
        guard order.isFromAskedPort(request.sourcePort) else { return false }
        return targets[index].runners.values.contains { runner in
            runner.local?.port == order.sourcePort && runner.order.kind == order.kind
                && (!runner.isSettled || order.kind.transport == .udp)
        }
    }

    /// Beside the attempt that has the port: a SYN of our own making, where that may be, else one from another port,
    /// which the report tells by.
    func openBesides(_ order: AttemptOrder, _ index: Int) {
        if craftRung(order, index) { return }
        var free = order
        free.sourcePort = nil
        open(free, index)
    }

    /// The primary's SYN, with a number of its own, by which its answer is known, and the rung's TTL. Only while the far
    /// end can know no connection from this port; to the kernel what is said of another number is none of its SYN's
    /// (net/ipv4/tcp_ipv4.c, tcp_v4_err), and it resets what is answered.
    private func craftRung(_ order: AttemptOrder, _ index: Int) -> Bool {
        guard order.sharesPort, order.kind.transport == .tcp, let timeToLive = order.timeToLive,
            let address = targets[index].target.address, let sender = means.raw[address.family],
            let primary = targets[index].probe?.facts.attempts.first, primary.socket?.state != .connected,
            let local = primary.local, local.port == order.sourcePort,
            let sent = primary.packets.first(where: \.fromInitiator), var header = sent.tcp
        else { return false }
        header.sequenceNumber &+= 0x4000_0000 &+ UInt32(truncatingIfNeeded: order.attempt) << 16
        targets[index].probe?.note(local: local, attempt: order.attempt)
        wire.register(
            order.kind, local: local, remote: address, target: index, attempt: order.attempt, timeToLive: timeToLive)
        let builder = FrameBuilder(
            .rawIP, from: local.address, to: address, timeToLive: UInt8(clamping: timeToLive))
        _ = sender.send(builder.tcp(header), to: address, interface: targets[index].scope)
        return true
    }
}

extension AttemptOrder {
    /// A packet of the target's ladder that is to leave from the port that a person asked for.
    func isFromAskedPort(_ port: UInt16?) -> Bool {
        guard case .rung = purpose else { return false }
        return port != nil && sourcePort == port
    }
}

extension SocketError {
    /// bind() and connect() say so in two ways (ip(7), tcp(7)).
    var isPortInUse: Bool { isNamed("EADDRINUSE", "EADDRNOTAVAIL") }
}
