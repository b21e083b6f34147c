public import Diagnosis

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
}
