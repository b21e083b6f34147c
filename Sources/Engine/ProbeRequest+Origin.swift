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
}
