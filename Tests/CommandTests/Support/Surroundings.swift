import StallpointTestKit

extension Command {
    /// What stands before a command to keep it off the network; empty where that is not to be had.
    static let isolation: [String] = {
        let inside = ["sh", "-c", "ip link set lo up && exec \"$@\"", "sh"]
        for prefix in [["unshare", "--net", "--mount"], ["unshare", "--user", "--map-root-user", "--net", "--mount"]]
        where succeeds(prefix + inside + ["true"]) {
            return prefix + inside
        }
        return []
    }()

    /// For `.enabled(if:)`; prints the reason where the answer is no.
    static let isIsolated: Bool = {
        if isolation.isEmpty {
            print("Command tests are skipped: no network namespace without root or user namespaces")
        }
        return !isolation.isEmpty
    }()

    /// For `.enabled(if:)`; prints the reason where the answer is no.
    static let hasLab: Bool = {
        let isThere = succeeds([path, "lab", "run", "open", "--", "true"])
        if !isThere { print("Tests in the lab are skipped: no root, no user namespaces") }
        return isThere
    }()

    /// Whether somebody without privileges could start the command from where it was built.
    static let isReachableForNobody: Bool = {
        let isReachable = hasLab && succeeds([path, "lab", "run", "--unprivileged", "open", "--", path, "--help"])
        if !isReachable { print("Nothing is tried without privileges: the command is out of reach for others") }
        return isReachable
    }()

    static let hasTerminal: Bool = {
        let isThere = succeeds(["script", "-qec", "true", "/dev/null"])
        if !isThere { print("Nothing is tried on a terminal: there is no script(1)") }
        return isThere
    }()

    private static func succeeds(_ line: [String]) -> Bool {
        (try? Program.runAndWait(["/usr/bin/env"] + line))?.status == 0
    }
}
