public import Diagnosis
import HostNetwork
import LiveCapture
import PacketWire

/// What this machine lets the tool see, found out by trying: handles are opened and closed, nothing is sent.
public struct Doctor: Sendable {
    /// One ability, with what it is good for and what would grant it.
    public struct Finding: Sendable, Hashable {
        public var witness: Witness?
        public var name: String
        public var isThere: Bool
        public var detail: String
        public var grant: String?
    }

    public let findings: [Finding]

    public init() {
        findings = [
            Self.sockets(), Self.capture(), Self.echo(), Self.path(), Self.routes(), Self.drops(), Self.rules(),
            Self.lowPorts(),
            Self.version(),
        ]
    }

    private static func sockets() -> Finding {
        Finding(
            witness: .socket, name: "connections", isThere: true,
            detail: "connect, errno, TCP_INFO and the ICMP error queue need no privilege", grant: nil)
    }

    private static func capture() -> Finding {
        do throws(CaptureError) {
            let handle = try CaptureHandle(interface: LoopbackInterface.name)
            return Finding(
                witness: .wire, name: "capture", isThere: true,
                detail:
                    "packets with \(handle.isNanosecond ? "nanosecond" : "microsecond") time stamps; tells local filters from the path",
                grant: nil)
        } catch {
            return Finding(
                witness: .wire, name: "capture", isThere: false,
                detail: "\(error.description); without it this machine's own filters and forged resets stay unproved",
                grant: error.kind == .noPermission ? MissingWitness.grantCommand : nil)
        }
    }

    private static func echo() -> Finding {
        let isThere = EchoSocket(.v4) != nil
        return Finding(
            witness: .path, name: "echo control", isThere: isThere,
            detail: isThere ? "ICMP echo as a control where no port answers" : "no ICMP echo as a control",
            grant: isThere ? nil : "sudo sysctl net.ipv4.ping_group_range='0 2147483647'")
    }

    private static func path() -> Finding {
        Finding(
            witness: .path, name: "ladder", isThere: true,
            detail: "the same SYN with every TTL; routers' answers come through the error queue", grant: nil)
    }

    private static func routes() -> Finding {
        let answer = try? Route.lookup(to: .v4(.loopback))
        return Finding(
            witness: .kernel, name: "routes and neighbours", isThere: answer != nil,
            detail: answer != nil ? "read through netlink" : "netlink is not permitted here", grant: nil)
    }

    private static func drops() -> Finding {
        do throws(DropMonitorUnavailable) {
            _ = try DropMonitor(addresses: [.v4(.loopback)])
            return Finding(
                witness: .kernel, name: "drop reasons", isThere: true,
                detail: "the kernel names the reason and the function for each of our packets that it drops",
                grant: nil)
        } catch {
            return Finding(
                witness: .kernel, name: "drop reasons", isThere: false,
                detail: "\(error.description); without it a drop inside this machine has no name",
                grant: error.isPermission ? MissingWitness.grantCommand : nil)
        }
    }

    private static func rules() -> Finding {
        let may = Privileges.current().has(.netAdmin)
        return Finding(
            witness: .kernel, name: "packet filter rules", isThere: may,
            detail: may
                ? "names the rule of this machine (nftables, iptables) that stops a packet; nothing is changed"
                : "a drop on this machine is seen, and the rule that does it is not named",
            grant: may ? nil : MissingWitness.grantCommand)
    }

    private static func lowPorts() -> Finding {
        let may = Privileges.current().has(.netBindService)
        return Finding(
            witness: nil, name: "low source ports", isThere: may,
            detail: may ? "--source-port below 1024 works" : "--source-port below 1024 is refused",
            grant: may ? nil : MissingWitness.grantCommand)
    }

    private static func version() -> Finding {
        Finding(
            witness: nil, name: "version", isThere: true,
            detail: "\(ToolVersion.name) \(ToolVersion.current), \(LibraryVersion.pcap)", grant: nil)
    }
}
