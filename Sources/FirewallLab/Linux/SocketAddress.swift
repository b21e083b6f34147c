#if os(Linux)
    import Glibc
    import PacketWire

    /// An endpoint as the kernel's calls want it.
    struct SocketAddress {
        private var storage = sockaddr_storage()
        private(set) var length: socklen_t = 0

        /// Empty, for a call that fills it.
        init() {
            length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        }

        init(_ address: IPAddress, port: UInt16) {
            switch address {
            case .v4(let address):
                var value = sockaddr_in()
                value.sin_family = sa_family_t(AF_INET)
                value.sin_port = port.bigEndian
                value.sin_addr.s_addr = address.rawValue.bigEndian
                fill(with: value)
            case .v6(let address):
                var value = sockaddr_in6()
                value.sin6_family = sa_family_t(AF_INET6)
                value.sin6_port = port.bigEndian
                withUnsafeMutableBytes(of: &value.sin6_addr) {
                    $0.storeBytes(of: address.rawValue.bigEndian, as: UInt128.self)
                }
                fill(with: value)
            }
        }

        private mutating func fill<Value>(with value: Value) {
            withUnsafeMutableBytes(of: &storage) { target in
                withUnsafeBytes(of: value) { target.copyMemory(from: $0) }
            }
            length = socklen_t(MemoryLayout<Value>.size)
        }

        /// For a packet from a tap (`sockaddr_ll`, linux/if_packet.h): whether this machine sent it.
        var isOutgoingPacket: Bool {
            let outgoing: UInt8 = 4
            return withUnsafeBytes(of: storage) { $0[10] } == outgoing
        }

        /// What tells one peer from another.
        var bytes: [UInt8] { withUnsafeBytes(of: storage) { Array($0.prefix(Int(length))) } }

        func withPointer<Result>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Result) -> Result {
            withUnsafePointer(to: storage) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, length) }
            }
        }

        mutating func withMutablePointer<Result>(
            _ body: (UnsafeMutablePointer<sockaddr>, UnsafeMutablePointer<socklen_t>) -> Result
        ) -> Result {
            var length = length
            defer { self.length = length }
            return withUnsafeMutablePointer(to: &storage) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, &length) }
            }
        }
    }
#endif
