#if os(Linux)
    public import PacketWire

    /// Who of this network namespace listens on a port: /proc/net/tcp and udp, and those of IPv6. No privilege is needed.
    public enum Listeners {
        /// The local addresses of such sockets, each once, at most 16; 0.0.0.0 and :: stand for all of their family, and :: for
        /// IPv4's as well unless the socket is told otherwise (ipv6(7), IPV6_V6ONLY), which these tables do not say. Nil where
        /// the kernel does not tell.
        public static func addresses(on port: UInt16, _ transport: Transport) -> [IPAddress]? {
            let name = transport == .tcp ? "tcp" : "udp"
            let tables = ["/proc/self/net/\(name)", "/proc/self/net/\(name)6"]
                .compactMap { ProcFile.text($0, most: 16 << 20) }
            guard !tables.isEmpty else { return nil }
            return tables.reduce(into: []) { all, table in
                for address in addresses(in: table, on: port, transport) where !all.contains(address) && all.count < 16
                {
                    all.append(address)
                }
            }
        }

        static func addresses(in table: String, on port: UInt16, _ transport: Transport) -> [IPAddress] {
            // A listener of TCP is in LISTEN, and a datagram socket that takes them from anybody in none of TCP's states but
            // CLOSE: include/net/tcp_states.h.
            let state = transport == .tcp ? "0A" : "07"
            return table.split(separator: "\n").dropFirst().compactMap { line in
                // `  0: 0100007F:1F90 00000000:0000 0A …`: number, local, remote, state
                let words = line.split(separator: " ", maxSplits: 4)
                guard words.count > 3, words[3] == state, let colon = words[1].lastIndex(of: ":"),
                    UInt16(words[1][words[1].index(after: colon)...], radix: 16) == port
                else { return nil }
                return address(words[1][..<colon])
            }
        }

        /// Words of 32 bits in the machine's order: net/ipv4/tcp_ipv4.c, get_tcp4_sock.
        private static func address(_ text: Substring) -> IPAddress? {
            guard text.utf8.count == 8 || text.utf8.count == 32, text.utf8.allSatisfy({ $0 < 0x80 }) else { return nil }
            var octets: [UInt8] = []
            var rest = text
            while !rest.isEmpty {
                guard let word = UInt32(rest.prefix(8), radix: 16) else { return nil }
                withUnsafeBytes(of: word) { octets += $0 }
                rest = rest.dropFirst(8)
            }
            // IPv4's within IPv6: RFC 4291 section 2.5.5.2.
            if octets.count == 16, octets.prefix(12) == [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF] {
                return IPAddress(octets: octets.suffix(4))
            }
            return IPAddress(octets: octets)
        }
    }
#endif
