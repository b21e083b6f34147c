import Glibc

/// The other tools that figures are set beside, as far as they are installed.
public struct Tools {
    public private(set) var missing: [String] = []

    public init() {}

    /// The tool's path, or nil, and then it is remembered as missing.
    public mutating func find(_ name: String) -> String? {
        let places = getenv("PATH").map { String(cString: $0) } ?? "/usr/bin:/bin"
        // Debian keeps traceroute and tcpdump where only root's PATH leads.
        for folder in places.split(separator: ":").map(String.init) + ["/usr/sbin", "/sbin"] {
            let path = "\(folder)/\(name)"
            if access(path, X_OK) == 0 { return path }
        }
        if !missing.contains(name) { missing.append(name) }
        return nil
    }
}
