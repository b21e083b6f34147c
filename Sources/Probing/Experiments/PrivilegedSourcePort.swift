public import Diagnosis

/// The same connection from ports below 1024: rules that trust, or that distrust, the source port.
public enum PrivilegedSourcePort: ExperimentPlan {
    public static let name = "privileged source ports"
    public static let question = "Does a rule look at the source port?"
    public static let separates: Set<CauseID> = ["SourcePortRule"]
    public static let needs: String? = "root, or cap_net_bind_service"

    /// Two that rules name (ftp-data, kerberos' range has 1023), and nobody's service uses as its own source.
    public static let ports: [UInt16] = [1_023, 20]

    public static func mostPackets(isThorough: Bool) -> Int { ports.count }

    public static func steps(_ context: ExperimentContext) -> [ExperimentStep] {
        guard case .tcp = context.kind, context.isSilent, context.circumstances.mayUsePrivilegedPorts else {
            return []
        }
        return ports.map { ExperimentStep(context.kind, .privilegedPort, sourcePort: $0) }
    }
}
