import Conversations
import Diagnosis
import HostNetwork
import PacketWire
import Probing

/// One datagram that makes an IP packet of a chosen size, and may not be fragmented.
final class SizedDatagram: SocketWork {
    let socket: ProbeSocket
    private let remote: IPAddress
    private let port: UInt16
    private let bytes: [UInt8]
    private let linkMTU: Int
    private(set) var local: Endpoint?

    var kind: Attempt.Kind { .udp(port: port) }
    var isConnecting: Bool { false }

    init(
        size: Int, timeToLive: Int?, to remote: Endpoint, scope: UInt32, options: ProbeSocket.Options, linkMTU: Int
    ) throws(SystemCallError) {
        var options = options
        options.forbidsFragments = true
        options.timeToLive = timeToLive
        self.remote = remote.address
        self.linkMTU = linkMTU
        port = remote.port
        bytes = [UInt8](
            repeating: 0x2E, count: max(0, min(size, 65_535) - remote.address.family.headers(of: .udp)))
        socket = try ProbeSocket(.udp, remote.address.family, options: options)
        if case .failed(let errno) = socket.connect(to: remote, scope: scope) {
            throw SystemCallError("connect", errno: errno)
        }
        local = socket.localEndpoint
    }

    func again(at now: Instant) -> [FollowUpOutcome] {
        guard let errno = socket.send(bytes) else { return [] }
        let error = SocketError(system: errno)
        if error.isNamed("EMSGSIZE") { return [.tooBigHere(mtu: linkMTU)] }
        // The device dropped it, and says so because the error queue is on (net/core/dev.c, net_xmit_errno): it is as
        // lost as one that nobody hears of.
        if error.isNamed("ENOBUFS") { return [] }
        // A refusal of the one before is reported by the next call, whichever that is.
        let heard = outcomes()
        return heard.isEmpty ? [.failed(error)] : heard
    }

    func handle(_ event: Poller.Event, at now: Instant) -> [FollowUpOutcome] {
        _ = socket.socketError()
        let heard = outcomes()
        if case .bytes = socket.receive() { return heard + [.answered] }
        return heard
    }

    private func outcomes() -> [FollowUpOutcome] {
        socket.errorQueue().compactMap { entry in
            guard let family = entry.icmpFamily, let sender = entry.sender else {
                return SocketError(system: entry.errno).isNamed("EMSGSIZE") ? .tooBigHere(mtu: linkMTU) : nil
            }
            let error = ICMPError(family: family, type: entry.type, code: entry.code)
            switch error.meaning {
            case .packetTooBig: return .tooBig(mtu: Int(clamping: entry.info), by: sender)
            case .timeToLiveExceeded: return .expired(by: sender)
            default:
                // Whatever the host says of it, it has arrived there.
                return sender == remote ? .answered : .failed(SocketError(system: entry.errno))
            }
        }
    }
}
