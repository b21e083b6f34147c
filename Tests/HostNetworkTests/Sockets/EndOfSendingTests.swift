#if os(Linux)
    import Glibc
    import HostNetwork
    import PacketWire
    import StallpointTestKit
    import Testing

    /// The end of our side, and whether the far end's TCP has heard it.
    @Suite struct EndOfSendingTests {
        /// Looks again each time that anything may have changed; the bound only ends a test that has already failed.
        private func waits(for socket: ProbeSocket, until holds: (TCPInfo) -> Bool) throws -> Bool {
            let poller = try Poller()
            for _ in 0..<2_000 {
                if let info = socket.tcpInfo(), holds(info) { return true }
                // The far end may delay its acknowledgement by 40 ms (include/net/tcp.h, TCP_DELACK_MIN).
                poller.wait(nanoseconds: 5_000_000) { _ in }
            }
            return false
        }

        @Test("The system acknowledges our end, whatever its application does", arguments: IPFamily.allCases)
        func acknowledged(_ family: IPFamily) throws {
            guard Loopback.has(family) else { return }
            let listener = try FarEnd(.tcp, family)
            let socket = try ProbeSocket(.tcp, family, options: ProbeSocket.Options())
            _ = socket.connect(to: listener.endpoint)
            try Loopback.waitFor(socket.descriptor, writable: true)
            // Nobody has accepted yet, and nothing has been ended.
            #expect(try #require(socket.tcpInfo()).isEndAcknowledged == false)
            socket.endSending()
            #expect(try waits(for: socket) { $0.isEndAcknowledged })
            #expect(socket.send([1]) == EPIPE)

            let accepted = try listener.accept()
            defer { close(accepted) }
            var byte: UInt8 = 0
            try Loopback.waitFor(accepted)
            #expect(recv(accepted, &byte, 1, 0) == 0, "the end of the stream")
            // The other direction is still there.
            #expect(Glibc.send(accepted, "still", 5, 0) == 5)
            try Loopback.waitFor(socket.descriptor)
            #expect(socket.receive() == .bytes(Array("still".utf8), timeToLive: nil))
        }

        @Test("A far end that ends first does not make ours acknowledged", arguments: IPFamily.allCases)
        func farEndFirst(_ family: IPFamily) throws {
            guard Loopback.has(family) else { return }
            let listener = try FarEnd(.tcp, family)
            let socket = try ProbeSocket(.tcp, family, options: ProbeSocket.Options())
            _ = socket.connect(to: listener.endpoint)
            let accepted = try listener.accept()
            close(accepted)
            try Loopback.waitFor(socket.descriptor)
            #expect(socket.receive() == .endOfStream)
            #expect(try #require(socket.tcpInfo()).isEndAcknowledged == false)
            socket.endSending()
            #expect(try waits(for: socket) { $0.isEndAcknowledged })
        }

        /// include/net/tcp_states.h: those in which our FIN is sent and heard.
        @Test("Of all states three have an acknowledged end", arguments: UInt8(0)...13)
        func states(_ state: UInt8) throws {
            var bytes = [UInt8](repeating: 0, count: 280)
            bytes[0] = state
            let info = try #require(TCPInfo(bytes))
            #expect(info.isEndAcknowledged == [5, 6, 7].contains(state))
        }

        /// Offsets of include/uapi/linux/tcp.h: tcpi_last_ack_recv 56, tcpi_rcv_ooopack 224.
        @Test(
            "The first bytes are missing where later ones came, none was read, and nothing comes any more",
            arguments: [(1, 1_500, 0, true), (0, 1_500, 0, false), (1, 1_499, 0, false), (1, 1_500, 1, false)])
        func firstBytes(_ outOfOrder: UInt8, _ quietFor: UInt16, _ delivered: Int, _ isLacking: Bool) throws {
            var bytes = [UInt8](repeating: 0, count: 280)
            bytes[224] = outOfOrder
            (bytes[56], bytes[57]) = (UInt8(truncatingIfNeeded: quietFor), UInt8(quietFor >> 8))
            let info = try #require(TCPInfo(bytes))
            #expect(info.lacksFirstBytes(delivered: delivered) == isLacking)
            // A kernel that does not tell yet.
            #expect(try #require(TCPInfo(Array(bytes[..<200]))).lacksFirstBytes(delivered: 0) == false)
        }
    }
#endif
