#if os(Linux)
    import Conversations
    import Diagnosis
    import HostNetwork
    import PacketWire
    import Probing
    import StallpointTestKit
    import Testing

    @testable import Engine

    /// Attempts that are given up by a machine that had no time to hear what came of them.
    struct LateLookTests {
        private let loopback = IPAddress("127.0.0.1")!

        private func runner(_ kind: Attempt.Kind, _ datagram: UDPPayload? = nil) throws -> AttemptRunner {
            try AttemptRunner(
                target: 0, order: AttemptOrder(attempt: 0, kind: kind, purpose: .primary), to: loopback, scope: 0,
                options: ProbeSocket.Options(), datagram: datagram, clock: RunClock())
        }

        @Test("A connection that the kernel has completed is one, though nobody asked for it before it was given up")
        func completed() throws {
            let end = try FarEnd(.tcp)
            let runner = try runner(.tcp(port: end.endpoint.port))
            defer { runner.close() }
            #expect(runner.outcome.state == .pending)
            runner.lookOnceMore(at: .zero + .seconds(1))
            #expect(runner.outcome.state == .connected && runner.outcome.at == .zero + .seconds(1))
            // What is settled stays as it is.
            runner.lookOnceMore(at: .zero + .seconds(2))
            withExtendedLifetime(end) { #expect(runner.outcome.at == .zero + .seconds(1)) }
        }

        @Test("A refusal that has come counts, and of a port that says nothing nothing is made up")
        func refusedAndSilent() throws {
            let refused = try runner(.tcp(port: FarEnd.closedPort(.tcp)))
            defer { refused.close() }
            refused.lookOnceMore(at: .zero + .seconds(1))
            guard case .failed(let error, atOnce: false) = refused.outcome.state else {
                Issue.record("\(refused.outcome.state)")
                return
            }
            #expect(error.isNamed("ECONNREFUSED"))

            let end = try FarEnd(.udp)
            let port = end.endpoint.port
            let silent = try runner(.udp(port: port), .test(port: port))
            defer { silent.close() }
            silent.lookOnceMore(at: .zero + .seconds(1))
            withExtendedLifetime(end) { #expect(silent.outcome.state == .pending) }
        }
    }
#endif
