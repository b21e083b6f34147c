#if os(Linux)
    import Glibc
    import HostNetwork
    import PacketWire
    import StallpointTestKit
    import Testing

    @Suite struct ProbeSocketTests {
        private func socket(_ transport: Transport, _ family: IPFamily) throws -> ProbeSocket {
            try ProbeSocket(transport, family, options: ProbeSocket.Options())
        }

        @Test(arguments: IPFamily.allCases)
        func connectsToAListener(_ family: IPFamily) throws {
            guard Loopback.has(family) else { return }
            let listener = try FarEnd(.tcp, family)
            let socket = try socket(.tcp, family)
            #expect(socket.connect(to: listener.endpoint) == .inProgress)
            let event = try Loopback.waitFor(socket.descriptor, writable: true)
            #expect(event?.isWritable == true)
            #expect(event?.hasFailed == false)
            #expect(socket.socketError() == 0)
            #expect(socket.errorQueue().isEmpty)
            #expect(socket.localEndpoint?.address == Loopback.address(family))

            let info = try #require(socket.tcpInfo())
            #expect(info.isEstablishedOrLater)
            #expect(!info.isClosed)
            #expect(info.totalRetransmissions == 0)
            #expect(info.sendMaximumSegmentSize >= 536)
            #expect(info.unacknowledged == 0)
        }

        @Test("A port of IPv6 hears nothing of IPv4's, and what came before the socket was connected is forgotten")
        func strangersWords() throws {
            guard Loopback.has(.v6) else { return }
            var options = ProbeSocket.Options()
            options.sourcePort = try FarEnd.closedPort(.udp, .v6)
            let held = try ProbeSocket(.udp, .v6, options: options)
            let port = try #require(options.sourcePort)
            for (family, word) in [(IPFamily.v4, UInt8(4)), (.v6, 6), (.v6, 7)] {
                let stranger = try socket(.udp, family)
                #expect(stranger.connect(to: Endpoint(Loopback.address(family), port)) == .connected)
                _ = stranger.send([word])
            }
            #expect(try Loopback.waitFor(held.descriptor)?.isReadable == true)
            guard case .bytes(let first, _) = held.receive() else {
                Issue.record("nothing was heard")
                return
            }
            #expect(first == [6])
            _ = held.connect(to: Endpoint(Loopback.address(.v6), 9))
            held.discardReceived()
            #expect(held.receive() == .wouldBlock)
        }

        @Test(arguments: IPFamily.allCases)
        func carriesBytesBothWays(_ family: IPFamily) throws {
            guard Loopback.has(family) else { return }
            let listener = try FarEnd(.tcp, family)
            let socket = try socket(.tcp, family)
            _ = socket.connect(to: listener.endpoint)
            let accepted = try listener.accept()
            #expect(socket.receive() == .wouldBlock)
            #expect(Glibc.send(accepted, "hello", 5, 0) == 5)
            try Loopback.waitFor(socket.descriptor)
            #expect(socket.receive() == .bytes(Array("hello".utf8), timeToLive: nil))

            #expect(socket.send(Array("and back".utf8)) == nil)
            var buffer = [UInt8](repeating: 0, count: 64)
            try Loopback.waitFor(accepted)
            #expect(recv(accepted, &buffer, buffer.count, 0) == 8)
            close(accepted)
            try Loopback.waitFor(socket.descriptor)
            #expect(socket.receive() == .endOfStream)
        }

        /// Probes by the thousand must leave no TIME-WAIT: closing resets.
        @Test(arguments: IPFamily.allCases)
        func closingResets(_ family: IPFamily) throws {
            guard Loopback.has(family) else { return }
            let listener = try FarEnd(.tcp, family)
            let socket = try socket(.tcp, family)
            _ = socket.connect(to: listener.endpoint)
            let accepted = try listener.accept()
            defer { close(accepted) }
            socket.close()
            try Loopback.waitFor(accepted)
            var byte: UInt8 = 0
            #expect(recv(accepted, &byte, 1, 0) == -1)
            #expect(errno == ECONNRESET)
        }

        @Test(arguments: IPFamily.allCases)
        func resetByTheFarEndIsAResult(_ family: IPFamily) throws {
            guard Loopback.has(family) else { return }
            let listener = try FarEnd(.tcp, family)
            let socket = try socket(.tcp, family)
            _ = socket.connect(to: listener.endpoint)
            let accepted = try listener.accept()
            var now = linger(l_onoff: 1, l_linger: 0)
            setsockopt(accepted, SOL_SOCKET, SO_LINGER, &now, socklen_t(MemoryLayout<linger>.size))
            close(accepted)
            try Loopback.waitFor(socket.descriptor)
            #expect(socket.receive() == .failed(ECONNRESET))
            #expect(socket.tcpInfo()?.isClosed == true)
            #expect(socket.send([1]) == EPIPE)
        }

        @Test(arguments: IPFamily.allCases)
        func closedTCPPortIsRefused(_ family: IPFamily) throws {
            guard Loopback.has(family) else { return }
            let port = try FarEnd.closedPort(.tcp, family)
            let socket = try socket(.tcp, family)
            switch socket.connect(to: Endpoint(Loopback.address(family), port)) {
            case .connected: Issue.record("nobody listens on port \(port)")
            case .failed(let errno): #expect(errno == ECONNREFUSED)
            case .inProgress:
                let event = try Loopback.waitFor(socket.descriptor, writable: true)
                #expect(event?.hasFailed == true)
                #expect(socket.socketError() == ECONNREFUSED)
            }
            // A reset is no ICMP error: the queue has nothing to say of it.
            #expect(socket.errorQueue().isEmpty)
            #expect(socket.tcpInfo()?.isClosed == true)
        }

        @Test(arguments: IPFamily.allCases)
        func closedUDPPortAnswersOnTheErrorQueue(_ family: IPFamily) throws {
            guard Loopback.has(family) else { return }
            let port = try FarEnd.closedPort(.udp, family)
            let socket = try socket(.udp, family)
            #expect(socket.connect(to: Endpoint(Loopback.address(family), port)) == .connected)
            #expect(socket.send(Array("anybody there?".utf8)) == nil)
            let event = try Loopback.waitFor(socket.descriptor)
            #expect(event?.hasFailed == true)
            #expect(socket.socketError() == ECONNREFUSED)
            let entry = try #require(socket.errorQueue().first)
            #expect(entry.errno == ECONNREFUSED)
            #expect(entry.icmpFamily == family)
            // Port unreachable: RFC 792 3/3, RFC 4443 1/4.
            #expect(entry.type == (family == .v4 ? 3 : 1))
            #expect(entry.code == (family == .v4 ? 3 : 4))
            #expect(entry.sender == Loopback.address(family))
            #expect(entry.timeToLive == 64)
            #expect(socket.errorQueue().isEmpty)
            #expect(socket.socketError() == 0)
        }

        @Test(arguments: IPFamily.allCases)
        func datagramsComeWithTheirTTL(_ family: IPFamily) throws {
            guard Loopback.has(family) else { return }
            let here = try FarEnd(.udp, family)
            var options = ProbeSocket.Options()
            options.timeToLive = 7
            let first = try ProbeSocket(.udp, family, options: options)
            let second = try socket(.udp, family)
            // Each connects to the other; a first connection to anywhere gives it a port to be found at.
            #expect(first.connect(to: here.endpoint) == .connected)
            #expect(second.connect(to: try #require(first.localEndpoint)) == .connected)
            #expect(first.connect(to: try #require(second.localEndpoint)) == .connected)
            #expect(first.send([1, 2, 3]) == nil)
            try Loopback.waitFor(second.descriptor)
            #expect(second.receive() == .bytes([1, 2, 3], timeToLive: 7))
            #expect(second.receive() == .wouldBlock)
            // An empty datagram is a datagram, and not an end.
            #expect(first.send([]) == nil)
            try Loopback.waitFor(second.descriptor)
            #expect(second.receive() == .bytes([], timeToLive: 7))
        }

        @Test(arguments: [0, 256, Int.max, Int.min])
        func impossibleTimeToLiveIsThrown(_ hops: Int) {
            var options = ProbeSocket.Options()
            options.timeToLive = hops
            for family in IPFamily.allCases {
                #expect(throws: SystemCallError("set TTL", errno: EINVAL)) {
                    try ProbeSocket(.udp, family, options: options)
                }
            }
        }

        @Test func sourcePortIsTaken() throws {
            var options = ProbeSocket.Options()
            options.source = Loopback.address(.v4)
            options.sourcePort = try FarEnd.closedPort(.tcp, .v4)
            let listener = try FarEnd(.tcp, .v4)
            let socket = try ProbeSocket(.tcp, .v4, options: options)
            #expect(socket.connect(to: listener.endpoint) == .inProgress)
            #expect(socket.localEndpoint == Endpoint(.v4(.loopback), try #require(options.sourcePort)))
        }

        @Test func whatCannotBeTriedIsThrown() throws {
            var foreign = ProbeSocket.Options()
            foreign.source = IPAddress("192.0.2.77")
            #expect(throws: SystemCallError("send from", errno: EADDRNOTAVAIL, subject: "192.0.2.77:0")) {
                try ProbeSocket(.tcp, .v4, options: foreign)
            }
            var interface = ProbeSocket.Options()
            interface.interface = "no-such-device"
            #expect(throws: SystemCallError("use interface", errno: ENODEV, subject: "no-such-device")) {
                try ProbeSocket(.udp, .v4, options: interface)
            }
            var segment = ProbeSocket.Options()
            segment.maximumSegmentSize = 70_000
            #expect(throws: SystemCallError("set TCP_MAXSEG", errno: EINVAL)) {
                try ProbeSocket(.tcp, .v4, options: segment)
            }
        }

        /// A descriptor leaked for each failure would end a long run. In a process of its own: the numbers of
        /// descriptors are shared with whatever else runs.
        @Test func failedSocketsAreClosed() async {
            await #expect(processExitsWith: .success) {
                var options = ProbeSocket.Options()
                options.interface = "no-such-device"
                let first = try ProbeSocket(.udp, .v4, options: ProbeSocket.Options()).descriptor
                for _ in 0..<600 {
                    #expect(throws: SystemCallError.self) { try ProbeSocket(.udp, .v4, options: options) }
                }
                // The test library opens a few of its own meanwhile; 600 leaked ones would show.
                #expect(try ProbeSocket(.udp, .v4, options: ProbeSocket.Options()).descriptor < first + 100)
            }
        }

        @Test func oversizedDatagramIsRefusedByTheErrno() throws {
            let socket = try socket(.udp, .v4)
            _ = socket.connect(to: Endpoint(Loopback.address(.v4), 9))
            #expect(socket.send([UInt8](repeating: 0, count: 70_000)) == EMSGSIZE)
        }

        @Test func segmentSizeIsKept() throws {
            let listener = try FarEnd(.tcp, .v4)
            var options = ProbeSocket.Options()
            options.maximumSegmentSize = 536
            let socket = try ProbeSocket(.tcp, .v4, options: options)
            _ = socket.connect(to: listener.endpoint)
            try Loopback.waitFor(socket.descriptor, writable: true)
            // Less twelve bytes where both ends use time stamps.
            #expect([524, 536].contains(socket.tcpInfo()?.sendMaximumSegmentSize))
        }
    }
#endif
