/// One program to run while the network is built.
public struct SetupStep: Hashable, Sendable {
    /// The namespace that it runs in; nil for the lab's own outer one.
    public var node: String?
    /// What it is for, for the message when it fails.
    public var purpose: String
    public var program: String
    public var arguments: [String]
    /// What it reads from standard input.
    public var input: String

    init(_ purpose: String, node: String? = nil, _ program: String, _ arguments: [String], input: String = "") {
        self.purpose = purpose
        self.node = node
        self.program = program
        self.arguments = arguments
        self.input = input
    }
}

/// Where the lab keeps what only its own mount namespace sees. `/run` is a fresh tmpfs there.
enum LabPaths {
    /// Where `ip netns` keeps its names.
    static let namespaces = "/run/netns"
    static let own = "/run/stallpoint-lab"
    /// First in the command's PATH.
    static let programs = "/run/stallpoint-lab/bin"
    static let swiftLibraries = "/run/stallpoint-lab/lib"

    static func namespace(_ node: String) -> String { "\(namespaces)/\(node)" }
}
