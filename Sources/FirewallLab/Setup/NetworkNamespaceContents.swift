/// Which interfaces a fresh network namespace may have.
enum NetworkNamespaceContents {
    /// Names from `/proc/net/dev`: two heading lines, then `name: counters`.
    static func interfaces(inProcNetDev text: String) -> [String] {
        text.split(separator: "\n").dropFirst(2).compactMap { line in
            line.split(separator: ":", maxSplits: 1).first.map { String($0.drop { $0 == " " }) }
        }
    }

    /// Loopback, and the fallback devices that tunnel drivers put into every new namespace where
    /// `net.core.fb_tunnels_only_for_init_net` is off: they are down and lead nowhere.
    static func isHarmless(_ interface: String) -> Bool {
        [
            "lo", "tunl0", "sit0", "gre0", "gretap0", "erspan0", "ip_vti0", "ip6_vti0", "ip6tnl0", "ip6gre0",
        ].contains(interface)
    }
}
