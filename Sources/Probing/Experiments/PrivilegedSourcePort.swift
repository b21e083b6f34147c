public import Diagnosis
public import PacketWire

/// The same connection, or datagram, from ports below 1024: rules that trust, or that distrust, the source port.
public enum PrivilegedSourcePort: ExperimentPlan {
    public static let name = "privileged source ports"
    public static let question = "Does a rule look at the source port?"
    public static let separates: Set<CauseID> = ["SourcePortRule"]
    public static let transports: Set<Transport> = [.tcp, .udp]
    public static let needs: String? = "root, or cap_net_bind_service"

    /// Ports that rules name (1023 stands for all below 1024). Over TCP only ftp-data's is a usual source; of datagrams
    /// it is the service's own port: DNS, NTP and IKE ask from where they answer.
    public static func ports(_ transport: Transport) -> [UInt16] {
        transport == .tcp ? [1_023, 20] : [1_023, 53, 123, 500]
    }

    public static func mostPackets(isThorough: Bool) -> Int { ports(.udp).count }

    public static func steps(_ context: ExperimentContext) -> [ExperimentStep] {
        guard context.isSilent, let transport = context.kind.transport else { return [] }
        return ports(transport).filter(context.circumstances.privilegedPorts.contains).map {
            ExperimentStep(context.kind, .privilegedPort, sourcePort: $0)
        }
    }
}
