import Conversations
import Diagnosis
import HostNetwork
import PacketWire
import Probing

/// SYNs of our own making: the kernel's own, as the wire showed it, with one thing changed.
extension ProbeRun {
    /// Sends one from a port that a socket of ours holds, so that nobody else uses it meanwhile. The kernel, which
    /// knows no such connection, resets what comes back: the far end keeps nothing.
    func craft(_ variant: SYNVariant, _ order: AttemptOrder, _ index: Int) {
        guard let address = targets[index].target.address, let sender = means.raw[address.family],
            let port = order.kind.port,
            let primary = targets[index].probe?.facts.attempts.first,
            let source = primary.local?.address,
            let sent = primary.packets.first(where: \.fromInitiator), let header = sent.tcp
        else { return }
        var options = ProbeSocket.Options()
        options.source = source
        options.sourcePort = 0
        guard let holder = try? ProbeSocket(.tcp, address.family, options: options),
            let local = holder.localEndpoint
        else { return }
        var changed = variant.applied(to: header)
        changed.sourcePort = local.port
        changed.destinationPort = port
        let builder = FrameBuilder(.rawIP, from: source, to: address, timeToLive: sent.timeToLive)
        targets[index].holders[order.attempt] = holder
        targets[index].probe?.note(local: local, attempt: order.attempt)
        wire.register(order.kind, local: local, remote: address, target: index, attempt: order.attempt)
        _ = sender.send(builder.tcp(changed), to: address, interface: targets[index].scope)
    }
}
