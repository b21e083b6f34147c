public import Diagnosis
import HostNetwork

extension MissingWitness {
    /// The command that lets everybody on this machine capture with the installed tool.
    public static let grantCommand = "sudo setcap cap_net_raw+ep $(readlink -f $(command -v stallpoint))"

    /// The wire witness, with what it would have added.
    public static func wire(reason: String, grant: String?) -> MissingWitness {
        MissingWitness(
            witness: .wire, reason: reason,
            wouldAdd:
                "whether packets left and answers arrived: tells this machine's own filters from the path, and forged resets from real ones",
            grant: grant)
    }

    /// The same, and the kernel's word on the packets it drops, and the packet filter's rules.
    public static let fullGrantCommand =
        "sudo setcap cap_net_raw,cap_net_admin,cap_bpf,cap_perfmon+ep $(readlink -f $(command -v stallpoint))"

    /// The part of the kernel witness that needs a privilege, with what it would have added.
    static func drops(_ problem: DropMonitorUnavailable, sends: Bool = false) -> MissingWitness {
        MissingWitness(
            witness: .kernel,
            reason: problem.description
                + (sends ? "; a trace instance shows only what is dropped while this process itself is sending" : ""),
            wouldAdd: sends
                ? "the same for answers and for the kernel's own repetitions"
                : "the kernel's own reason for each of our packets that this machine drops, and the function that drops it",
            grant: problem.isPermission ? fullGrantCommand : nil)
    }
}
