#if os(Linux)
    internal import CHostNetwork

    /// What the privileges and this machine's settings allow. Nothing is tried out and nothing is sent.
    extension Privileges {
        /// Packet sockets, which libpcap opens.
        public var canCapture: Bool { has(.netRaw) }

        public var canSendRawICMP: Bool { has(.netRaw) }

        /// ICMP echo through datagram sockets: net.ipv4.ping_group_range, which counts for both families.
        public var canPing: Bool {
            guard let range = Self.groups(Self.text("/proc/sys/net/ipv4/ping_group_range")) else { return false }
            return chn_has_group_between(range.lowerBound, range.upperBound) == 1
        }

        /// Whether a socket of ours may have this source port: net.ipv4.ip_unprivileged_port_start.
        public func canBind(port: UInt16) -> Bool {
            has(.netBindService)
                || port >= Self.firstFreePort(Self.text("/proc/sys/net/ipv4/ip_unprivileged_port_start"))
        }

        /// Kernel tracing with BPF. Capabilities within a user namespace do not count for that.
        public var canLoadBPF: Bool {
            guard has(.sysAdmin) || has(.bpf) && has(.perfmon) else { return false }
            return Self.isFirstNamespace(Self.text("/proc/self/uid_map"))
        }

        private static func text(_ path: String) -> String {
            guard let file = try? InputFile(reading: path) else { return "" }
            return file.withBytes { bytes in
                var text: [UInt8] = []
                for index in 0..<min(bytes.count, 4_096) { text.append(bytes[index]) }
                return String(decoding: text, as: UTF8.self)
            }
        }

        /// Two numbers; nil for an empty range, which the kernel writes as `1 0`.
        static func groups(_ text: String) -> ClosedRange<UInt32>? {
            let numbers = text.split(whereSeparator: \.isWhitespace).map { UInt32($0) }
            guard numbers.count == 2, let low = numbers[0], let high = numbers[1], low <= high else { return nil }
            return low...high
        }

        /// 1024 where the kernel does not say.
        static func firstFreePort(_ text: String) -> UInt16 {
            text.split(whereSeparator: \.isWhitespace).first.flatMap { UInt16($0) } ?? 1_024
        }

        /// Whether a uid_map is that of the first user namespace, where every user is itself.
        static func isFirstNamespace(_ text: String) -> Bool {
            text.split(whereSeparator: \.isWhitespace) == ["0", "0", "4294967295"]
        }
    }
#endif
