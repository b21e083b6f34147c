#if os(Linux)
    import Conversations
    import Diagnosis
    import Glibc
    import PacketWire
    import Probing
    import StallpointTestKit
    import Testing

    @testable import Engine

    /// A probe of this machine's own loopback, with a small service in this process.
    @Suite struct ServiceAnswerTests {
        /// Answers each datagram with what `answer` makes of it, from its own port or from another one.
        private final class Responder {
            private let end: FarEnd
            var port: UInt16 { end.endpoint.port }

            init(fromOtherPort: Bool = false, _ answer: @escaping @Sendable ([UInt8]) -> [UInt8]?) throws {
                end = try FarEnd(.udp)
                let (end, sender) = (end, fromOtherPort ? try FarEnd(.udp) : end)
                Thread.start {
                    var buffer = [UInt8](repeating: 0, count: 2_048)
                    while true {
                        var peer = sockaddr_storage()
                        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
                        let count = withUnsafeMutablePointer(to: &peer) { pointer in
                            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                                recvfrom(end.descriptor, &buffer, buffer.count, 0, $0, &length)
                            }
                        }
                        // Shut down: the test is over.
                        guard count > 0 else { break }
                        guard let bytes = answer(Array(buffer.prefix(count))) else { continue }
                        withUnsafePointer(to: &peer) { pointer in
                            _ = pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                                sendto(sender.descriptor, bytes, bytes.count, 0, $0, length)
                            }
                        }
                    }
                }
            }

            deinit { shutdown(end.descriptor, Int32(SHUT_RDWR)) }
        }

        private enum Thread {
            static func start(_ body: @escaping @Sendable () -> Void) {
                var thread = pthread_t()
                let box = Unmanaged.passRetained(Box(body))
                let result = pthread_create(
                    &thread, nil,
                    { argument in
                        guard let argument else { return nil }
                        Unmanaged<Box>.fromOpaque(argument).takeRetainedValue().body()
                        return nil
                    }, box.toOpaque())
                if result == 0 { pthread_detach(thread) } else { box.release() }
            }

            private final class Box: Sendable {
                let body: @Sendable () -> Void
                init(_ body: @escaping @Sendable () -> Void) { self.body = body }
            }
        }

        private func diagnose(_ port: UInt16, _ payload: PayloadChoice?) throws -> TargetDiagnosis {
            let targets = try TargetSpecification("127.0.0.1:\(port)/udp").singles
            var request = ProbeRequest(targets: targets)
            request.payload = payload
            request.wantsCapture = false
            request.settings.walksLadder = false
            request.settings.wait(.milliseconds(300))
            let run = try ProbeRun(request)
            try run.prepare()
            defer { run.close() }
            return try #require(run.run { _ in }.diagnoses.first)
        }

        private func named(_ name: String) throws -> PayloadChoice { .service(try #require(UDPService.named(name))) }

        @Test("A server's own answer is told, and what it says")
        func answered() throws {
            let responder = try Responder { question in
                // The transmit timestamp comes back as the origin timestamp.
                guard question.count == 48 else { return nil }
                return [0x24, 2] + [UInt8](repeating: 0, count: 22) + question.suffix(8)
                    + [UInt8](repeating: 1, count: 16)
            }
            let diagnosis = try diagnose(responder.port, named("ntp"))
            #expect(diagnosis.verdict == .open)
            #expect(diagnosis.summary.hasPrefix("NTP answered after "))
            #expect(diagnosis.evidence.contains { $0.fact == "NTP answer: version 4, stratum 2" })
        }

        @Test("What is no answer of the service does not count as one, and is told as what it is")
        func foreign() throws {
            let stale = try Responder { question in
                [0x24, 2] + [UInt8](repeating: 0, count: 22) + question.suffix(8).map { $0 ^ 1 }
                    + [UInt8](repeating: 1, count: 16)
            }
            let diagnosis = try diagnose(stale.port, named("ntp"))
            #expect(diagnosis.verdict == .interfered && diagnosis.mechanism == .protocolMismatch)
            #expect(diagnosis.summary.contains(", and it is no answer of NTP: it belongs to another question."))
            #expect(diagnosis.evidence.contains { $0.fact == "no NTP answer: it belongs to another question" })
            let echo = try Responder { $0 }
            let echoed = try diagnose(echo.port, named("stun"))
            #expect(echoed.verdict == .interfered && echoed.confidence == .likely)
            #expect(echoed.evidence.contains { $0.fact == "no STUN answer: the question itself came back" })
        }

        @Test("TFTP answers from another port, and is heard all the same")
        func otherPort() throws {
            let responder = try Responder(fromOtherPort: true) { _ in [0, 5, 0, 1] + Array("File not found".utf8) + [0]
            }
            let diagnosis = try diagnose(responder.port, named("tftp"))
            #expect(diagnosis.verdict == .open)
            #expect(diagnosis.evidence.contains { $0.fact == "TFTP answer: error 1 (File not found)" })
            // Whoever answers DNS from another port is not heard by those who ask, and not by us.
            let strange = try Responder(fromOtherPort: true) { $0 }
            #expect(try diagnose(strange.port, named("dns")).verdict != .open)
        }

        @Test("Bytes of a person's own are sent as they are, and nothing is claimed of what comes back")
        func custom() throws {
            let responder = try Responder { $0 == [1, 2, 3] ? [9] : nil }
            let diagnosis = try diagnose(responder.port, .bytes([1, 2, 3]))
            #expect(diagnosis.verdict == .open)
            #expect(diagnosis.summary.hasPrefix("A datagram came back after "))
            #expect(!diagnosis.evidence.contains { $0.fact.contains("answer:") })
        }

        @Test("Silence of WireGuard is said to be by design, and that of DNS not")
        func silent() throws {
            let responder = try Responder { _ in nil }
            let wireguard = try diagnose(responder.port, named("wireguard"))
            #expect(wireguard.verdict == .undetermined && wireguard.confidence == .weak)
            #expect(wireguard.summary.contains("WireGuard is silent by design"))
            let dns = try diagnose(responder.port, named("dns"))
            #expect(dns.verdict == .undetermined && dns.confidence == .weak)
            #expect(dns.summary.contains("A DNS server answers or refuses everybody"))
        }
    }
#endif
