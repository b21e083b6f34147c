#if os(Linux)
    import Glibc
    import PacketWire

    /// The services of one node: kernel sockets and one loop. Ends with the lab.
    public struct LabServer {
        private struct Socket {
            var descriptor: Int32
            /// Nil for an accepted connection, which is only held, or answered.
            var service: ServiceSpecification?
            var answersNames = false
        }

        private var sockets: [Socket] = []
        private var talking: [TalkingConnection] = []
        /// Our own connections that keep an accept queue full.
        private var fillers: [Int32] = []
        private var crafted: CraftedAnswers?
        private var answering = AnsweringService()
        /// The first two bytes that each client of a service sent that keeps them.
        private var numbers: [[UInt8]: ArraySlice<UInt8>] = [:]

        /// Opens a socket a service, says `ready` on standard output, and serves.
        public static func main(_ arguments: [String]) throws(LabError) -> Never {
            signal(SIGPIPE, SIG_IGN)
            var server = LabServer()
            for argument in arguments {
                guard let service = ServiceSpecification(argument) else {
                    throw LabError("'\(argument)' is not a service", exitStatus: 64)
                }
                try server.open(service)
            }
            write(STDOUT_FILENO, "ready\n", 6)
            close(STDOUT_FILENO)
            server.serve()
        }

        private mutating func open(_ service: ServiceSpecification) throws(LabError) {
            guard let address = service.address else {
                throw LabError("'\(service)' has no address", exitStatus: 64)
            }
            if case .hold(let count) = service.behaviour {
                return try hold(count, connectionsTo: address, service.port)
            }
            func check(_ result: Int32) throws(LabError) {
                if result < 0 { throw LabError("\(service): \(String(cString: strerror(errno)))", exitStatus: 66) }
            }
            let family = address.family == .v4 ? AF_INET : AF_INET6
            let type = service.transport == .tcp ? SOCK_STREAM : SOCK_DGRAM
            let descriptor = socket(family, Int32(type.rawValue), 0)
            try check(descriptor)
            var one: Int32 = 1
            setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &one, socklen_t(MemoryLayout<Int32>.size))
            if case .crafted(let answer) = service.behaviour {
                if crafted == nil { crafted = try CraftedAnswers() }
                crafted?.add(service, answer)
                try check(CraftedAnswers.deafen(descriptor))
            }
            let bound = SocketAddress(address, port: service.port).withPointer { bind(descriptor, $0, $1) }
            if case .crafted = service.behaviour, bound < 0, errno == EADDRNOTAVAIL {
                // On a router the address is somebody else's, and nothing of this node would answer.
                close(descriptor)
                return
            }
            try check(bound)
            _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
            if service.transport == .tcp {
                try check(listen(descriptor, service.behaviour == .backlog ? 0 : 1024))
            }
            sockets.append(Socket(descriptor: descriptor, service: service))
            if service.behaviour == .backlog { fillQueue(address, service.port) }
        }

        /// Connections that somebody else has before the probe comes: all of them stand when this returns.
        private mutating func hold(_ count: Int, connectionsTo address: IPAddress, _ port: UInt16) throws(LabError) {
            for number in 1...count {
                let descriptor = socket(address.family == .v4 ? AF_INET : AF_INET6, Int32(SOCK_STREAM.rawValue), 0)
                var wait = timeval(tv_sec: 3, tv_usec: 0)
                setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &wait, socklen_t(MemoryLayout<timeval>.size))
                guard SocketAddress(address, port: port).withPointer({ connect(descriptor, $0, $1) }) == 0 else {
                    let reason = String(cString: strerror(errno))
                    throw LabError(
                        "connection \(number) of \(count) to \(address) port \(port): \(reason)", exitStatus: 66)
                }
                fillers.append(descriptor)
            }
        }

        /// A queue of length 0 still holds one connection: two of our own leave no room for a third.
        private mutating func fillQueue(_ address: IPAddress, _ port: UInt16) {
            for _ in 0..<2 {
                let descriptor = socket(
                    address.family == .v4 ? AF_INET : AF_INET6, Int32(SOCK_STREAM.rawValue), 0)
                _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
                _ = SocketAddress(address, port: port).withPointer { connect(descriptor, $0, $1) }
                fillers.append(descriptor)
            }
        }

        private mutating func serve() -> Never {
            while true {
                var polled = sockets.map { socket in
                    let waits = socket.service?.behaviour != .backlog
                    return pollfd(fd: waits ? socket.descriptor : -1, events: Int16(POLLIN), revents: 0)
                }
                let count = polled.count
                polled += talking.map { connection in
                    let events = Int16(POLLIN) | (connection.wantsToSend ? Int16(POLLOUT) : 0)
                    return pollfd(fd: connection.descriptor, events: events, revents: 0)
                }
                polled.append(pollfd(fd: crafted?.tap ?? -1, events: Int16(POLLIN), revents: 0))
                if poll(&polled, nfds_t(polled.count), timeout) < 0, errno != EINTR { exit(1) }
                crafted?.work()
                polled.removeLast()
                talk(polled[count...].map(\.revents))
                polled.removeLast(polled.count - count)
                for index in polled.indices.reversed() where polled[index].revents != 0 {
                    handle(socketAt: index)
                }
            }
        }

        /// A byte every so often where somebody speaks slowly; else as crafted answers want it.
        private var timeout: Int32 {
            let crafted = crafted?.timeout ?? -1
            guard talking.contains(where: \.isSlow) else { return crafted }
            return crafted < 0 ? TalkingConnection.pause : min(crafted, TalkingConnection.pause)
        }

        private mutating func talk(_ events: [Int16]) {
            // Nothing came: the pause of those who speak slowly is over.
            let isQuiet = events.allSatisfy { $0 == 0 }
            for (index, event) in events.enumerated() {
                if event & Int16(POLLOUT) != 0 { talking[index].send() }
                if event & ~Int16(POLLOUT) != 0, !talking[index].isOver { talking[index].hear() }
                if isQuiet { talking[index].sayOneByte() }
            }
            talking.removeAll(where: \.isOver)
        }

        private mutating func handle(socketAt index: Int) {
            let socket = sockets[index]
            switch (socket.service?.transport, socket.service?.behaviour) {
            case (.tcp, let behaviour?):
                accept(socket.descriptor, behaviour)
            case (.udp, let behaviour?):
                answer(socket.descriptor, behaviour)
            default:
                var buffer = [UInt8](repeating: 0, count: 4096)
                let count = recv(socket.descriptor, &buffer, buffer.count, 0)
                if count > 0, socket.answersNames {
                    let answer = DNSAnswer.stream(to: Array(buffer[..<count]))
                    send(socket.descriptor, answer, answer.count, 0)
                }
                if count > 0 { answering.read(buffer[..<count], from: socket.descriptor) }
                if count == 0 || count < 0 && errno != EAGAIN && errno != EINTR {
                    answering.remove(socket.descriptor)
                    close(socket.descriptor)
                    sockets.remove(at: index)
                }
            }
        }

        private mutating func accept(_ listener: Int32, _ behaviour: ServiceSpecification.Behaviour) {
            let connection = Glibc.accept(listener, nil, nil)
            guard connection >= 0 else { return }
            _ = fcntl(connection, F_SETFL, O_NONBLOCK)
            switch behaviour {
            case .close:
                close(connection)
            case .reset:
                var option = linger(l_onoff: 1, l_linger: 0)
                setsockopt(connection, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
                close(connection)
            case .talk(let talk):
                let talker = TalkingConnection(connection, talk)
                if !talker.isOver { talking.append(talker) }
            case .banner(let line):
                let bytes = Array("\(line)\r\n".utf8)
                send(connection, bytes, bytes.count, 0)
                sockets.append(Socket(descriptor: connection, service: nil))
            case .http(let length):
                answering.add(connection, page: length)
                sockets.append(Socket(descriptor: connection, service: nil))
            default:
                sockets.append(Socket(descriptor: connection, service: nil, answersNames: behaviour == .dns))
            }
        }

        private mutating func answer(_ descriptor: Int32, _ behaviour: ServiceSpecification.Behaviour) {
            var buffer = [UInt8](repeating: 0, count: 65_536)
            var peer = SocketAddress()
            let count = peer.withMutablePointer { recvfrom(descriptor, &buffer, buffer.count, 0, $0, $1) }
            guard count >= 0 else { return }
            let datagram = Array(buffer[..<count])
            let answers: [[UInt8]] =
                switch behaviour {
                case .echo: [datagram]
                case .dns: DNSAnswer.messages(to: datagram, isDatagram: true)
                case .stale:
                    DNSAnswer.messages(to: datagram, isDatagram: true).map {
                        Array(number(of: peer, datagram) + $0.dropFirst(2))
                    }
                case .quic: QUICAnswer.message(to: datagram).map { [$0] } ?? []
                default: []
                }
            for answer in answers { _ = peer.withPointer { sendto(descriptor, answer, answer.count, 0, $0, $1) } }
        }

        private mutating func number(of peer: SocketAddress, _ datagram: [UInt8]) -> ArraySlice<UInt8> {
            if numbers[peer.bytes] == nil { numbers[peer.bytes] = datagram.prefix(2) }
            return numbers[peer.bytes] ?? []
        }
    }
#endif
