import Diagnosis
import HostNetwork
import LiveCapture
import PacketWire

/// Which interfaces a run watches, and for what.
extension ProbeRun {
    func openCapture() throws(ProbeFailure) {
        guard request.wantsCapture else {
            missing.append(.wire(reason: "--no-capture was given", grant: nil))
            return
        }
        let interfaces = Set(targets.compactMap { $0.route?.interface } + [LoopbackInterface.name]).sorted()
        let filter = CaptureSet.filter(
            for: targets.compactMap(\.target.address),
            ports: targets.filter { $0.target.transport == .tcp }.map(\.target.port),
            datagramPorts: targets.filter { $0.target.transport == .udp }.map(\.target.port))
        let isClassic = request.captureFile.map(CaptureOutput.isClassic) ?? false
        do {
            capture = try CaptureSet(
                interfaces: interfaces, others: otherInterfaces(besides: interfaces), addresses: linkAddresses,
                masters: masters, isOneLinkType: isClassic, filter: filter, targets: targets.count,
                keepsBytes: output != nil)
            if isClassic, Set(capture?.store.interfaces.map(\.linkType) ?? []).count > 1 {
                throw ProbeFailure(
                    .cannotWrite,
                    "a .pcap file holds one link type, and \(interfaces.joined(separator: " and ")) differ: name it .pcapng"
                )
            }
        } catch let failure as ProbeFailure {
            throw failure
        } catch let error as CaptureError {
            if request.captureFile != nil {
                throw ProbeFailure(
                    error.kind == .noPermission ? .noPermission : .system,
                    "\(error.description); -w needs a capture: run with sudo, or once: \(MissingWitness.grantCommand)")
            }
            missing.append(
                .wire(
                    reason: error.description, grant: error.kind == .noPermission ? MissingWitness.grantCommand : nil))
        } catch {
            throw ProbeFailure(.system, "\(error)")
        }
    }

    /// Loopback's frames bear none.
    private var linkAddresses: [String: MACAddress] {
        let known = self.interfaces.filter { !$0.isLoopback }.compactMap { own in
            own.linkAddress.map { (own.name, $0) }
        }
        return Dictionary(known) { first, _ in first }
    }

    /// The bridge or bond of each interface that is a port of one. What a VRF's devices see bears no second copy below it.
    private var masters: [String: String] {
        let byIndex = Dictionary(self.interfaces.map { ($0.index, $0) }) { first, _ in first }
        let ports = self.interfaces.compactMap { port -> (String, String)? in
            guard let master = port.master.flatMap({ byIndex[$0] }), ["bridge", "bond", "team"].contains(master.kind)
            else { return nil }
            return (port.name, master.name)
        }
        return Dictionary(ports) { first, _ in first }
    }

    /// Answers may come in where nothing goes out (asymmetric routes, policy routing): on a machine with few
    /// interfaces all of them are watched. Each costs a buffer, and some milliseconds at the end.
    private func otherInterfaces(besides watched: [String]) -> [String] {
        let others = interfaces.filter {
            $0.isRunning && !$0.isLoopback && !$0.addresses.isEmpty && !watched.contains($0.name)
        }
        return others.count <= 3 ? others.map(\.name) : []
    }
}
