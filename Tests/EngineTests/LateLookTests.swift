#if os(Linux)
    import Conversations
    import Diagnosis
    import Glibc
    import HostNetwork
    import PacketWire
    import Probing
    import Testing

    @testable import Engine

    /// Attempts that are given up by a machine that had no time to hear what came of them.
    struct LateLookTests {
        private let loopback = IPAddress("127.0.0.1")!

        /// A listener, or a bound datagram socket, on a port of the loopback that the kernel chose.
        private func farEnd(_ transport: Transport) throws -> (descriptor: Int32, port: UInt16) {
            let type = transport == .tcp ? SOCK_STREAM : SOCK_DGRAM
            let descriptor = socket(AF_INET, Int32(type.rawValue), 0)
            try #require(descriptor >= 0)
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
            var length = socklen_t(MemoryLayout<sockaddr_in>.size)
            let isBound = withUnsafeMutablePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                    bind(descriptor, address, length) == 0 && getsockname(descriptor, address, &length) == 0
                }
            }
            try #require(isBound && (transport == .udp || listen(descriptor, 8) == 0))
            return (descriptor, UInt16(bigEndian: address.sin_port))
        }

        private func runner(_ kind: Attempt.Kind, _ datagram: UDPPayload? = nil) throws -> AttemptRunner {
            try AttemptRunner(
                target: 0, order: AttemptOrder(attempt: 0, kind: kind, purpose: .primary), to: loopback, scope: 0,
                options: ProbeSocket.Options(), datagram: datagram, clock: RunClock())
        }

        @Test("A connection that the kernel has completed is one, though nobody asked for it before it was given up")
        func completed() throws {
            let (descriptor, port) = try farEnd(.tcp)
            defer { close(descriptor) }
            let runner = try runner(.tcp(port: port))
            defer { runner.close() }
            #expect(runner.outcome.state == .pending)
            runner.lookOnceMore(at: .zero + .seconds(1))
            #expect(runner.outcome.state == .connected && runner.outcome.at == .zero + .seconds(1))
            // What is settled stays as it is.
            runner.lookOnceMore(at: .zero + .seconds(2))
            #expect(runner.outcome.at == .zero + .seconds(1))
        }

        @Test("A refusal that has come counts, and of a port that says nothing nothing is made up")
        func refusedAndSilent() throws {
            let (free, closed) = try farEnd(.tcp)
            close(free)
            let refused = try runner(.tcp(port: closed))
            defer { refused.close() }
            refused.lookOnceMore(at: .zero + .seconds(1))
            guard case .failed(let error, atOnce: false) = refused.outcome.state else {
                Issue.record("\(refused.outcome.state)")
                return
            }
            #expect(error.isNamed("ECONNREFUSED"))

            let (descriptor, port) = try farEnd(.udp)
            defer { close(descriptor) }
            let silent = try runner(.udp(port: port), .test(port: port))
            defer { silent.close() }
            silent.lookOnceMore(at: .zero + .seconds(1))
            #expect(silent.outcome.state == .pending)
        }
    }
#endif
