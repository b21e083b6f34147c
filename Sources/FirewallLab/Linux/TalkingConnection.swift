#if os(Linux)
    import Glibc

    /// One connection of a talking service, on a socket that never blocks.
    struct TalkingConnection {
        let descriptor: Int32
        private var turns: [Talk.Turn]
        /// What is being said.
        private var current: Talk.Turn?
        private var rest: ArraySlice<UInt8> = []
        /// Nothing more is said or heard.
        private(set) var isOver = false
        /// Between two bytes of a slow turn, in milliseconds.
        static let pause: Int32 = 500

        init(_ descriptor: Int32, _ talk: Talk) {
            self.descriptor = descriptor
            turns = talk.turns
            next()
        }

        /// It waits for room rather than for words.
        var wantsToSend: Bool {
            current?.manner == .endless || current != nil && current?.manner != .slow && !rest.isEmpty
        }
        var isSlow: Bool { current?.manner == .slow && !rest.isEmpty }

        /// The next turn begins, whatever is left of the one before.
        private mutating func next() {
            guard !turns.isEmpty else { return }
            let turn = turns.removeFirst()
            current = turn
            rest = turn.bytes[...]
            if turn.manner != .slow { send() }
        }

        mutating func hear() {
            var buffer = [UInt8](repeating: 0, count: 4_096)
            let count = recv(descriptor, &buffer, buffer.count, 0)
            if count > 0 {
                if rest.isEmpty { next() }
            } else if count == 0 || errno != EAGAIN && errno != EINTR {
                end()
            }
        }

        /// As much as there is room for.
        mutating func send() {
            guard let turn = current else { return }
            for _ in 0..<64 {
                if rest.isEmpty, turn.manner == .endless { rest = turn.bytes[...] }
                guard !rest.isEmpty else { break }
                guard write(rest.count) else { return }
            }
            guard rest.isEmpty else { return }
            switch turn.manner {
            case .close: end()
            case .reset:
                var option = linger(l_onoff: 1, l_linger: 0)
                setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
                end()
            case .plain, .slow, .endless: break
            }
        }

        mutating func sayOneByte() {
            if isSlow { _ = write(1) }
        }

        private mutating func write(_ most: Int) -> Bool {
            let count = rest.prefix(most).withUnsafeBytes { Glibc.send(descriptor, $0.baseAddress, $0.count, 0) }
            if count > 0 {
                rest = rest.dropFirst(count)
                return true
            }
            if errno != EAGAIN, errno != EINTR { end() }
            return false
        }

        private mutating func end() {
            isOver = true
            close(descriptor)
        }
    }
#endif
