#if os(Linux)
    import Glibc
    import PacketWire

    /// The crafted answers of one node: a tap that sees what comes in before any rule of the node does, and raw
    /// sockets that send what no kernel would.
    struct CraftedAnswers {
        /// For `poll`.
        let tap: Int32
        private let raw: [IPFamily: Int32]
        private var services: [(service: ServiceSpecification, answer: CraftedAnswer)] = []
        private var pending: [(due: UInt64, packet: [UInt8], to: IPAddress)] = []
        /// Bounds what a flood of SYNs can make us remember.
        private static let mostPending = 1024

        init() throws(LabError) {
            // ETH_P_ALL in network order. Without link headers: the packet begins with IP whatever the link is.
            tap = socket(AF_PACKET, Int32(SOCK_DGRAM.rawValue), Int32(UInt16(0x0003).bigEndian))
            raw = [
                .v4: socket(AF_INET, Int32(SOCK_RAW.rawValue), Int32(IPPROTO_RAW)),
                .v6: socket(AF_INET6, Int32(SOCK_RAW.rawValue), Int32(IPPROTO_RAW)),
            ]
            guard tap >= 0, raw.values.allSatisfy({ $0 >= 0 }) else {
                throw LabError("cannot open raw sockets: \(String(cString: strerror(errno)))", exitStatus: 77)
            }
            _ = fcntl(tap, F_SETFL, O_NONBLOCK)
        }

        mutating func add(_ service: ServiceSpecification, _ answer: CraftedAnswer) {
            services.append((service, answer))
        }

        /// How long `poll` may wait, in milliseconds; -1 for any time.
        var timeout: Int32 {
            guard let due = pending.map(\.due).min() else { return -1 }
            let now = Self.now()
            return due <= now ? 0 : Int32(clamping: (due - now) / 1_000_000 + 1)
        }

        /// Answers what has come in and sends what is due.
        mutating func work() {
            var buffer = [UInt8](repeating: 0, count: 2048)
            while true {
                var sender = SocketAddress()
                let count = sender.withMutablePointer { recvfrom(tap, &buffer, buffer.count, 0, $0, $1) }
                guard count >= 0 else { break }
                if !sender.isOutgoingPacket { answer(Array(buffer[..<count])) }
            }
            let now = Self.now()
            for (_, packet, address) in pending.filter({ $0.due <= now }) { send(packet, to: address) }
            pending.removeAll { $0.due <= now }
        }

        private mutating func answer(_ packet: [UInt8]) {
            for (service, answer) in services {
                guard let address = service.address,
                    let reply = answer.packet(answering: packet, at: address, port: service.port),
                    let target = Packet.decode(reply.span, networkLayerAt: 0, originalLength: reply.count).destination
                else { continue }
                if answer.delay == 0 {
                    send(reply, to: target)
                } else if pending.count < Self.mostPending {
                    pending.append((Self.now() + UInt64(answer.delay) * 1_000_000, reply, target))
                }
            }
        }

        private func send(_ packet: [UInt8], to address: IPAddress) {
            guard let descriptor = raw[address.family] else { return }
            _ = SocketAddress(address, port: 0).withPointer { sendto(descriptor, packet, packet.count, 0, $0, $1) }
        }

        private static func now() -> UInt64 {
            var time = timespec()
            clock_gettime(CLOCK_MONOTONIC, &time)
            return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
        }

        /// Makes a listener deaf, so that the node's kernel neither answers the port nor resets it: a filter that
        /// lets nothing through (linux/filter.h; `tcp_filter` runs before a listener sees the segment).
        static func deafen(_ descriptor: Int32) -> Int32 {
            struct Instruction {
                var code: UInt16
                var ifTrue: UInt8 = 0
                var ifFalse: UInt8 = 0
                var value: UInt32 = 0
            }
            struct Program {
                var length: UInt16
                var instructions: UnsafePointer<Instruction>
            }
            let attachFilter: Int32 = 26
            // BPF_RET | BPF_K with 0 bytes to keep.
            var nothing = Instruction(code: 0x06)
            return withUnsafePointer(to: &nothing) { instructions in
                var program = Program(length: 1, instructions: instructions)
                return setsockopt(
                    descriptor, SOL_SOCKET, attachFilter, &program, socklen_t(MemoryLayout<Program>.size))
            }
        }
    }
#endif
