import Diagnosis
import HostNetwork
import PacketWire
import Probing

extension ProbeRequest {
    /// Whether this machine has what the packets are to be sent from. Asked before anything is tried: the same
    /// errors in the middle of a run would read as a verdict on the target.
    func checkOrigin() throws(ProbeFailure) {
        if let interface, DescriptorLimit.interfaceIndex(interface) == nil {
            throw ProbeFailure(.missingInput, "there is no interface '\(interface.escapedForDisplay)'; see: ip link")
        }
        for case let zone? in targets.map(\.zone) where DescriptorLimit.interfaceName(zone: zone) == nil {
            throw ProbeFailure(.missingInput, "there is no interface '\(zone.escapedForDisplay)'; see: ip link")
        }
        try checkSourcePort()
        guard let sourceAddress else { return }
        var options = ProbeSocket.Options()
        options.source = sourceAddress
        do {
            // Binding sends nothing, and it knows of every address that the kernel takes for its own.
            try ProbeSocket(.udp, sourceAddress.family, options: options).close()
        } catch {
            guard SocketError(system: error.errno).name == "EADDRNOTAVAIL" else { return }
            throw ProbeFailure(.missingInput, "\(sourceAddress) is no address of this machine; see: ip address")
        }
    }

    /// A port that only a privilege gives (ip(7), ip_unprivileged_port_start): bind() says EACCES, as connect() does where a
    /// policy forbids the connection.
    private func checkSourcePort() throws(ProbeFailure) {
        guard let sourcePort else { return }
        var options = ProbeSocket.Options()
        options.source = sourceAddress
        options.sourcePort = sourcePort
        do {
            try ProbeSocket(targets.first?.transport ?? .tcp, sourceAddress?.family ?? .v4, options: options).close()
        } catch {
            guard error.isPermission else { return }
            throw ProbeFailure(
                .noPermission,
                "\(error.description): run with sudo, or once: \(MissingWitness.grantCommand)")
        }
    }
}
