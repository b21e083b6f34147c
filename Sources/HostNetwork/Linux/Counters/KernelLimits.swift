#if os(Linux)
    public import PacketWire

    /// Bounds of this network namespace that a new connection can run into, with how much of each is used.
    public enum KernelLimits {
        /// Entries of connection tracking and the most there may be; nil where it is not in use or does not tell.
        public static func trackedConnections() -> (count: UInt64, most: UInt64)? {
            guard let count = ProcFile.number("/proc/sys/net/netfilter/nf_conntrack_count"),
                let most = ProcFile.number("/proc/sys/net/netfilter/nf_conntrack_max")
            else { return nil }
            return (count, most)
        }

        /// Connections that begin here ask for ECN: net.ipv4.tcp_ecn is 1, or 3 or 4 with Accurate ECN, which counts for IPv6
        /// as well.
        public static func asksForECN() -> Bool {
            [1, 3, 4].contains(ProcFile.number("/proc/sys/net/ipv4/tcp_ecn") ?? 0)
        }

        /// The local ports that the kernel chooses from: net.ipv4.ip_local_port_range, which counts for IPv6 as well.
        public static func localPorts() -> ClosedRange<UInt16>? {
            localPorts(ProcFile.text("/proc/sys/net/ipv4/ip_local_port_range") ?? "")
        }

        static func localPorts(_ text: String) -> ClosedRange<UInt16>? {
            let numbers = text.split(whereSeparator: \.isWhitespace).map { UInt16($0) }
            guard numbers.count == 2, let low = numbers[0], let high = numbers[1], low <= high else { return nil }
            return low...high
        }

        /// How many sockets of this namespace hold a local port of that range, and how many of those towards one
        /// destination: /proc/net/tcp and tcp6.
        public static func sockets(
            to remote: Endpoint, _ transport: Transport, within ports: ClosedRange<UInt16>
        ) -> (all: Int, toDestination: Int) {
            let name = transport == .tcp ? "tcp" : "udp"
            let path = "/proc/self/net/\(name)\(remote.address.family == .v6 ? "6" : "")"
            let table = ProcFile.text(path, most: 16 << 20) ?? ""
            return sockets(in: table, to: remote, within: ports)
        }

        static func sockets(
            in table: String, to remote: Endpoint, within ports: ClosedRange<UInt16>
        ) -> (all: Int, toDestination: Int) {
            let wanted = hexadecimal(remote)
            var all: Set<UInt16> = []
            var there: Set<UInt16> = []
            for line in table.split(separator: "\n").dropFirst() {
                // `  0: 0100007F:1F90 00000000:0000 0A …`: number, local, remote, state
                let words = line.split(separator: " ", maxSplits: 4)
                guard words.count > 3, let colon = words[1].lastIndex(of: ":"),
                    let port = UInt16(words[1][words[1].index(after: colon)...], radix: 16), ports.contains(port)
                else { continue }
                all.insert(port)
                if words[2] == wanted { there.insert(port) }
            }
            return (all.count, there.count)
        }

        /// How many connections of this namespace to a TCP port stand, from one address of this machine.
        public static func connections(to remote: Endpoint, from local: IPAddress) -> Int {
            let path = "/proc/self/net/tcp\(remote.address.family == .v6 ? "6" : "")"
            return connections(in: ProcFile.text(path, most: 16 << 20) ?? "", to: remote, from: local)
        }

        static func connections(in table: String, to remote: Endpoint, from local: IPAddress) -> Int {
            let wanted = hexadecimal(remote)
            let own = hexadecimal(Endpoint(local, 0)).dropLast(4)
            return table.split(separator: "\n").dropFirst().count { line in
                let words = line.split(separator: " ", maxSplits: 4)
                // 01 is ESTABLISHED: include/net/tcp_states.h.
                return words.count > 3 && words[2] == wanted && words[1].hasPrefix(own) && words[3] == "01"
            }
        }

        /// As the kernel writes it: 32-bit words of the address in the machine's order, net/ipv4/tcp_ipv4.c.
        static func hexadecimal(_ endpoint: Endpoint) -> String {
            func hex(_ number: UInt64, _ width: Int) -> String {
                let digits = String(number, radix: 16, uppercase: true)
                return String(repeating: "0", count: max(0, width - digits.count)) + digits
            }
            var text = ""
            let bytes = endpoint.address.networkBytes
            for start in stride(from: 0, to: bytes.count, by: 4) {
                text += hex(UInt64(Array(bytes[start..<start + 4]).nativeUInt32(at: 0)), 8)
            }
            return text + ":" + hex(UInt64(endpoint.port), 4)
        }

        /// The control group that this process is in: the last line of /proc/self/cgroup is that of version 2.
        public static func controlGroup() -> String? {
            controlGroup(ProcFile.text("/proc/self/cgroup") ?? "")
        }

        static func controlGroup(_ text: String) -> String? {
            let lines = text.split(separator: "\n")
            guard let line = lines.first(where: { $0.hasPrefix("0::") }) ?? lines.last else { return nil }
            return line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false).last.map(String.init)
        }

        /// The network namespace of this process, and whether the first process of the system has another one; nil
        /// for the latter where nobody but root may look.
        public static func networkNamespace() -> (name: String, isFirst: Bool?)? {
            guard let own = ProcFile.link("/proc/self/ns/net") else { return nil }
            return (own, ProcFile.link("/proc/1/ns/net").map { $0 == own })
        }
    }
#endif
