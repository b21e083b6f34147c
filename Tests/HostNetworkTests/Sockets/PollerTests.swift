#if os(Linux)
    import HostNetwork
    import PacketWire
    import StallpointTestKit
    import Testing

    @Suite struct PollerTests {
        private func events(_ poller: Poller, within nanoseconds: Int64 = 0) -> [Poller.Event] {
            var events: [Poller.Event] = []
            poller.wait(nanoseconds: nanoseconds) { events.append($0) }
            return events
        }

        /// A datagram to somebody.
        private func send(to endpoint: Endpoint) throws {
            let sender = try ProbeSocket(.udp, endpoint.address.family, options: ProbeSocket.Options())
            #expect(sender.connect(to: endpoint) == .connected)
            #expect(sender.send([1]) == nil)
        }

        @Test func reportsTheTokenOfWhatIsReadable() throws {
            let receivers = try (0..<3).map { _ in try FarEnd(.udp, .v4) }
            let poller = try Poller()
            for (index, receiver) in receivers.enumerated() {
                try poller.add(receiver.descriptor, token: .max - UInt64(index))
            }
            #expect(events(poller).isEmpty)
            try send(to: receivers[1].endpoint)
            let seen = events(poller, within: 10_000_000_000)
            #expect(seen.map(\.token) == [.max - 1])
            #expect(seen.allSatisfy { $0.isReadable && !$0.isWritable && !$0.hasFailed })
            // Level-triggered: what has not been read is reported again.
            #expect(events(poller) == seen)
        }

        @Test func interestCanBeChangedAndTakenBack() throws {
            let socket = try FarEnd(.udp, .v4)
            let poller = try Poller()
            try poller.add(socket.descriptor, token: 5)
            #expect(events(poller).isEmpty)
            poller.change(socket.descriptor, token: 6, readable: false, writable: true)
            let seen = events(poller)
            #expect(seen.map(\.token) == [6])
            #expect(seen.allSatisfy { $0.isWritable && !$0.isReadable })
            poller.remove(socket.descriptor)
            #expect(events(poller).isEmpty)
            // Twice is once.
            poller.remove(socket.descriptor)
        }

        @Test func bodyMayChangeWhatIsWatched() throws {
            let sockets = try (0..<4).map { _ in try FarEnd(.udp, .v4) }
            let poller = try Poller()
            for (index, socket) in sockets.enumerated() {
                try poller.add(socket.descriptor, token: UInt64(index), readable: false, writable: true)
            }
            var seen = 0
            poller.wait(nanoseconds: 0) { event in
                seen += 1
                poller.remove(sockets[Int(event.token)].descriptor)
            }
            #expect(seen == 4)
            #expect(events(poller).isEmpty)
        }

        @Test func watchingTwiceOrNothingIsThrown() throws {
            let socket = try FarEnd(.udp, .v4)
            let poller = try Poller()
            try poller.add(socket.descriptor, token: 1)
            #expect(throws: SystemCallError.self) { try poller.add(socket.descriptor, token: 1) }
            #expect(throws: SystemCallError.self) { try poller.add(-1, token: 1) }
        }

        @Test func moreThanFitsComesWithTheNextCall() throws {
            let sockets = try (0..<200).map { _ in try FarEnd(.udp, .v4) }
            let poller = try Poller()
            for (index, socket) in sockets.enumerated() {
                try poller.add(socket.descriptor, token: UInt64(index), readable: false, writable: true)
            }
            // epoll goes round: what was reported goes to the end of its list.
            let tokens = (0..<4).flatMap { _ in events(poller).map(\.token) }
            #expect(Set(tokens).count == 200)
        }
    }
#endif
