#if os(Linux)
    /// The kernel's own counts at one moment: /proc/net/snmp, netstat, snmp6, dev, stat/nf_conntrack and xfrm_stat of this
    /// network namespace. Anybody may read them. Reading copies text and no more; it is taken apart when somebody asks.
    public struct CounterSnapshot: Sendable {
        private var snmp: [UInt8]
        private var netstat: [UInt8]
        private var snmp6: [UInt8]
        private var devices: [UInt8]
        private var tracking: [UInt8]
        private var ipsec: [UInt8]

        /// As they are now.
        public init() {
            snmp = ProcFile.bytes("/proc/self/net/snmp") ?? []
            netstat = ProcFile.bytes("/proc/self/net/netstat") ?? []
            snmp6 = ProcFile.bytes("/proc/self/net/snmp6") ?? []
            devices = ProcFile.bytes("/proc/self/net/dev") ?? []
            tracking = ProcFile.bytes("/proc/self/net/stat/nf_conntrack") ?? []
            ipsec = ProcFile.bytes("/proc/self/net/xfrm_stat") ?? []
        }

        init(
            snmp: String = "", netstat: String = "", snmp6: String = "", devices: String = "", tracking: String = "",
            ipsec: String = ""
        ) {
            self.snmp = Array(snmp.utf8)
            self.netstat = Array(netstat.utf8)
            self.snmp6 = Array(snmp6.utf8)
            self.devices = Array(devices.utf8)
            self.tracking = Array(tracking.utf8)
            self.ipsec = Array(ipsec.utf8)
        }

        /// More are not kept: a machine with thousands of interfaces.
        static let mostValues = 8_192

        /// By name: `Tcp.RetransSegs`, `TcpExt.IPReversePathFilter`, `Ip6.Ip6OutNoRoutes`, `eth0.tx_dropped`,
        /// `nf_conntrack.insert_failed`, `Xfrm.XfrmOutNoStates`.
        public var values: [String: UInt64] {
            var values: [String: UInt64] = [:]
            for text in [snmp, netstat] { Self.pairedLines(text, into: &values) }
            for text in [snmp6, ipsec] { Self.singleLines(text, into: &values) }
            Self.devices(devices, into: &values)
            Self.tracking(tracking, into: &values)
            return values
        }

        /// Whole lines only: the last number of a line that is cut may be half a number.
        private static func lines(_ bytes: [UInt8]) -> [Substring] {
            let end = bytes.lastIndex(of: 0x0A) ?? 0
            return String(decoding: bytes[..<end], as: UTF8.self).split(separator: "\n")
        }

        /// `Tcp: RtoAlgorithm RtoMin …`, and below it `Tcp: 1 200 …`.
        private static func pairedLines(_ bytes: [UInt8], into values: inout [String: UInt64]) {
            var names: [Substring] = []
            for line in lines(bytes) {
                let words = line.split(separator: " ")
                guard let group = words.first, group.hasSuffix(":") else { continue }
                if names.first == group {
                    for (name, value) in zip(names.dropFirst(), words.dropFirst()) where values.count < mostValues {
                        // Some are settings that may be negative: Tcp.MaxConn.
                        values["\(group.dropLast()).\(name)"] = UInt64(value)
                    }
                    names = []
                } else {
                    names = words
                }
            }
        }

        /// `Ip6InReceives   123`, `XfrmOutNoStates   3`
        private static func singleLines(_ bytes: [UInt8], into values: inout [String: UInt64]) {
            for line in lines(bytes) {
                let words = line.split(whereSeparator: \.isWhitespace)
                guard words.count == 2, let value = UInt64(words[1]), values.count < mostValues else { continue }
                let group = ["Ip6", "Icmp6", "Xfrm"].first { words[0].hasPrefix($0) } ?? "Udp6"
                values["\(group).\(words[0])"] = value
            }
        }

        private static let deviceColumns = [
            "rx_bytes", "rx_packets", "rx_errors", "rx_dropped", "rx_fifo", "rx_frame", "rx_compressed", "rx_multicast",
            "tx_bytes", "tx_packets", "tx_errors", "tx_dropped", "tx_fifo", "tx_collisions", "tx_carrier",
            "tx_compressed",
        ]

        private static func devices(_ bytes: [UInt8], into values: inout [String: UInt64]) {
            for line in lines(bytes) {
                // The name may hold a colon itself; its own is the last one before the numbers.
                guard let end = line.lastIndex(of: ":") else { continue }
                let name = line[..<end].drop { $0 == " " }
                let numbers = line[line.index(after: end)...].split(separator: " ")
                guard numbers.count == deviceColumns.count else { continue }
                for (column, number) in zip(deviceColumns, numbers) where values.count < mostValues {
                    values["\(name).\(column)"] = UInt64(number)
                }
            }
        }

        /// A line of names, then one of hexadecimal numbers for each processor.
        private static func tracking(_ bytes: [UInt8], into values: inout [String: UInt64]) {
            let lines = lines(bytes)
            guard let names = lines.first?.split(separator: " ") else { return }
            for line in lines.dropFirst() {
                let numbers = line.split(separator: " ")
                guard numbers.count == names.count else { continue }
                for (name, number) in zip(names, numbers) {
                    // The number of entries is the same for all processors.
                    guard name != "entries", let number = UInt64(number, radix: 16) else { continue }
                    values["nf_conntrack.\(name)", default: 0] &+= number
                }
            }
        }

        /// What rose from an earlier snapshot to this one.
        public func rises(since earlier: CounterSnapshot) -> [String: UInt64] {
            let before = earlier.values
            return values.reduce(into: [:]) { rises, entry in
                // An interface that came meanwhile has no difference, and a counter that was reset none either.
                guard let old = before[entry.key], entry.value > old else { return }
                rises[entry.key] = entry.value - old
            }
        }
    }
#endif
