#if os(Linux)
    import Glibc
    import HostNetwork
    import PacketWire
    import Testing

    @Suite struct EchoSocketTests {
        private func open(_ family: IPFamily) -> EchoSocket? {
            guard Loopback.has(family) else { return nil }
            if let socket = EchoSocket(family) { return socket }
            print("skipped for \(family.rawValue): neither ping sockets nor raw sockets are permitted")
            return nil
        }

        /// Reads until so many events have come, or nothing more comes.
        private func events(_ socket: EchoSocket, _ count: Int) throws -> [EchoSocket.Event] {
            var events: [EchoSocket.Event] = []
            while events.count < count {
                guard try Loopback.waitFor(socket.descriptor) != nil else { break }
                events += socket.receive()
            }
            return events
        }

        @Test(arguments: IPFamily.allCases)
        func loopbackAnswers(_ family: IPFamily) throws {
            guard let socket = open(family) else { return }
            let target = Loopback.address(family)
            #expect(socket.send(to: target, sequence: 7, timeToLive: 33) == nil)
            #expect(socket.send(to: target, sequence: 0xFFFE, timeToLive: nil) == nil)
            let events = try events(socket, 2)
            // The reply has the TTL of whoever answers, not of the request.
            #expect(
                events == [
                    .reply(sequence: 7, from: target, timeToLive: 64),
                    .reply(sequence: 0xFFFE, from: target, timeToLive: 64),
                ])
            #expect(socket.identifier != nil)
            #expect(socket.identifier != 0)
        }

        @Test(arguments: IPFamily.allCases)
        func twoSocketsDoNotHearEachOther(_ family: IPFamily) throws {
            guard let first = open(family), let second = open(family) else { return }
            #expect(first.send(to: Loopback.address(family), sequence: 1, timeToLive: nil) == nil)
            #expect(second.send(to: Loopback.address(family), sequence: 2, timeToLive: nil) == nil)
            let seen = try [events(first, 1), events(second, 1)]
            for (events, number) in zip(seen, [1, 2] as [UInt16]) {
                #expect(events == [.reply(sequence: number, from: Loopback.address(family), timeToLive: 64)])
            }
            #expect(first.identifier != second.identifier)
        }

        @Test("A request of any size is answered, odd ones too", arguments: IPFamily.allCases)
        func sizes(_ family: IPFamily) throws {
            guard let socket = open(family) else { return }
            for (number, size) in [128, 129, 1_401, 9_001].enumerated() {
                let sequence = UInt16(number)
                #expect(
                    socket.send(to: Loopback.address(family), sequence: sequence, timeToLive: nil, size: size) == nil)
                #expect(
                    try events(socket, 1) == [
                        .reply(sequence: sequence, from: Loopback.address(family), timeToLive: 64)
                    ], "\(size)")
            }
        }

        @Test func whatCannotBeSentIsAResult() throws {
            guard let socket = open(.v4) else { return }
            // Broadcast has to be asked for.
            #expect(socket.send(to: .v4(.broadcast), sequence: 1, timeToLive: nil) != nil)
            #expect(socket.send(to: .v4(.loopback), sequence: 2, timeToLive: nil) == nil)
            #expect(try events(socket, 1) == [.reply(sequence: 2, from: .v4(.loopback), timeToLive: 64)])
        }
    }
#endif
