public import Diagnosis
import HostNetwork

extension MissingWitness {
    /// The wire witness, with what it would have added.
    public static func wire(reason: String, grant: String?) -> MissingWitness {
        MissingWitness(
            witness: .wire, reason: reason,
            wouldAdd:
                "whether packets left and answers arrived: tells this machine's own filters from the path, and forged resets from real ones",
            grant: grant)
    }

    /// The one command that grants everybody on this machine all that the tool can use: each `setcap` takes the place of the
    /// one before it, so a smaller one beside it would take away again.
    public static let grantCommand = grantCommand(path: OwnProgram.path)

    static func grantCommand(path: String?) -> String {
        #if os(Linux)
            let file = path.map(\.quotedForShell) ?? "$(readlink -f $(command -v \(ToolVersion.name)))"
            return "sudo setcap cap_net_raw,cap_net_admin,cap_net_bind_service,cap_bpf,cap_perfmon+ep \(file)"
        #else
            return "sudo \(ToolVersion.name)"
        #endif
    }

    /// The part of the kernel witness that needs a privilege, with what it would have added.
    static func drops(_ problem: DropMonitorUnavailable, sends: Bool = false) -> MissingWitness {
        MissingWitness(
            witness: .kernel,
            reason: problem.description
                + (sends ? "; a trace instance shows only what is dropped while this process itself is sending" : ""),
            wouldAdd: sends
                ? "the same for answers and for the kernel's own repetitions"
                : "the kernel's own reason for each of our packets that this machine drops, and the function that drops it",
            grant: problem.isPermission ? grantCommand : nil)
    }
}

extension String {
    /// One word of a POSIX shell.
    var quotedForShell: String {
        let isPlain =
            !isEmpty
            && unicodeScalars.allSatisfy {
                $0.isASCII && ($0.properties.isAlphabetic || ("0"..."9").contains($0))
                    || "/._-+".unicodeScalars.contains($0)
            }
        return isPlain
            ? self : "'" + split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
    }
}
