#if os(Linux)
    /// The program that looks at every packet the kernel drops and tells of those that are ours.
    ///
    /// Two things make a packet ours: its network namespace, and a target's address at either end. Both are decided
    /// in the kernel, so nobody else's packets leave it. What is told is the packet's first bytes, as far as they
    /// are there: the usual decoder takes them apart.
    enum DropProgram {
        /// What the program writes for each packet, in the machine's order.
        enum Event {
            static let at = 0
            static let place = 8
            static let reason = 16
            static let interface = 20
            static let length = 24
            static let bytes = 32
            /// Room for an IPv6 header with the longest of TCP's behind it, less its last options.
            static let mostBytes = 96
            static let size = 128
        }

        private static let event: Int16 = -Int16(Event.size)
        private static let scratch = event - 8
        private static let key = event - 24

        /// The program as the kernel reads it.
        ///
        /// - Parameters:
        ///   - namespace: the inode of the network namespace that is ours.
        ///   - addresses: a hash map with the targets' addresses as IPv6 ones (`::ffff:a.b.c.d`).
        ///   - ring: the ring buffer for what is found.
        static func assemble(
            _ layout: DropLayout, namespace: UInt32, addresses: Int32, ring: Int32
        ) -> [UInt64] {
            var program = BPFAssembler()
            let done = program.label()
            let found = program.label()

            program.move(.r7, .r1)
            program.load(.double, .r6, .r7, Int16(8 * layout.packetArgument))
            for offset in stride(from: scratch, to: 0, by: 8) { program.store(.double, .frame, offset, 0) }

            takeProtocol(&program, layout, orLeave: done)
            takeNamespace(&program, layout, orLeave: done)
            read(&program, .word, .r8, .r8, layout.inode)
            program.jump(done, ifLower: .r8, .notEqual, namespace)

            program.load(.double, .r1, .r7, Int16(8 * layout.placeArgument))
            program.store(.double, .frame, event + Int16(Event.place), from: .r1)
            program.load(.double, .r1, .r7, Int16(8 * layout.reasonArgument))
            program.store(.word, .frame, event + Int16(Event.reason), from: .r1)

            takeBytes(&program, layout, orLeave: done)
            matchAddresses(&program, addresses, found: found, orLeave: done)

            program.place(found)
            program.call(.monotonicNanoseconds)
            program.store(.double, .frame, event + Int16(Event.at), from: .r0)
            program.moveMap(.r1, descriptor: ring)
            program.move(.r2, .frame)
            program.compute(.add, .r2, Int32(event))
            program.move(.r3, Int32(Event.size))
            program.move(.r4, 0)
            program.call(.ringBufferOutput)
            program.place(done)
            program.move(.r0, 0)
            program.exit()
            return program.assemble()
        }

        /// Reads kernel memory; what cannot be read is 0. Registers 1 to 5 are lost.
        private static func read(
            _ program: inout BPFAssembler, _ width: BPFWidth, _ to: BPFRegister, _ base: BPFRegister, _ offset: Int
        ) {
            program.move(.r1, .frame)
            program.compute(.add, .r1, Int32(scratch))
            program.move(.r2, width.bytes)
            program.move(.r3, base)
            program.compute(.add, .r3, Int32(offset))
            program.call(.probeReadKernel)
            program.load(width, to, .frame, scratch)
        }

        /// r9 becomes 4 or 6.
        private static func takeProtocol(
            _ program: inout BPFAssembler, _ layout: DropLayout, orLeave done: BPFAssembler.Label
        ) {
            let isFour = program.label()
            let isKnown = program.label()
            read(&program, .half, .r1, .r6, layout.networkProtocol)
            program.jump(isFour, if: .r1, .equal, Int32(UInt16(0x0800).bigEndian))
            program.jump(done, if: .r1, .notEqual, Int32(UInt16(0x86DD).bigEndian))
            program.move(.r9, 6)
            program.jump(isKnown)
            program.place(isFour)
            program.move(.r9, 4)
            program.place(isKnown)
        }

        /// r8 becomes the packet's network namespace.
        ///
        /// The device says it best, because a packet that crosses to another namespace keeps its socket for a while.
        /// Without a device it is one on its way out (its socket knows), or one that TCP has in its hands
        /// (net/ipv4/tcp_ipv4.c, tcp_v4_rcv: `skb->dev = NULL`): the receiving socket or its route knows.
        private static func takeNamespace(
            _ program: inout BPFAssembler, _ layout: DropLayout, orLeave done: BPFAssembler.Label
        ) {
            let isKnown = program.label()
            let hasNoDevice = program.label()
            let interface = event + Int16(Event.interface)
            read(&program, .double, .r8, .r6, layout.device)
            program.jump(hasNoDevice, if: .r8, .equal, 0)
            read(&program, .word, .r1, .r8, layout.deviceIndex)
            program.store(.word, .frame, interface, from: .r1)
            read(&program, .double, .r8, .r8, layout.deviceNamespace)
            program.jump(isKnown, if: .r8, .notEqual, 0)

            program.place(hasNoDevice)
            read(&program, .word, .r1, .r6, layout.arrivalInterface)
            program.store(.word, .frame, interface, from: .r1)
            if let receiver = layout.receiverArgument {
                let isNobody = program.label()
                program.load(.double, .r8, .r7, Int16(8 * receiver))
                program.jump(isNobody, if: .r8, .equal, 0)
                read(&program, .double, .r8, .r8, layout.socketNamespace)
                program.jump(isKnown, if: .r8, .notEqual, 0)
                program.place(isNobody)
            }
            let hasNoSocket = program.label()
            read(&program, .double, .r8, .r6, layout.socket)
            program.jump(hasNoSocket, if: .r8, .equal, 0)
            read(&program, .double, .r8, .r8, layout.socketNamespace)
            program.jump(isKnown, if: .r8, .notEqual, 0)
            program.place(hasNoSocket)
            read(&program, .double, .r8, .r6, layout.destination)
            // The lowest bit says who counts the reference (include/linux/skbuff.h, SKB_DST_NOREF).
            program.compute(.and, .r8, -2)
            program.jump(done, if: .r8, .equal, 0)
            read(&program, .double, .r8, .r8, layout.destinationDevice)
            program.jump(done, if: .r8, .equal, 0)
            read(&program, .double, .r8, .r8, layout.deviceNamespace)
            program.jump(done, if: .r8, .equal, 0)
            program.place(isKnown)
        }

        /// The packet from its IP header on, as far as the kernel has it in one piece and there is room for it.
        /// r6 becomes the length; the packet and the arguments are not needed after that.
        private static func takeBytes(
            _ program: inout BPFAssembler, _ layout: DropLayout, orLeave done: BPFAssembler.Label
        ) {
            let fits = program.label()
            read(&program, .half, .r7, .r6, layout.networkHeader)
            read(&program, .double, .r8, .r6, layout.head)
            program.compute(.add, .r8, .r7)
            read(&program, .word, .r6, .r6, layout.tail)
            program.jump(done, if: .r6, .lessOrEqual, .r7)
            program.compute(.subtract, .r6, .r7)
            program.jump(done, if: .r6, .less, 20)
            program.jump(fits, if: .r6, .lessOrEqual, Int32(Event.mostBytes))
            program.move(.r6, Int32(Event.mostBytes))
            program.place(fits)
            program.store(.word, .frame, event + Int16(Event.length), from: .r6)
            program.move(.r1, .frame)
            program.compute(.add, .r1, Int32(event) + Int32(Event.bytes))
            program.move(.r2, .r6)
            program.move(.r3, .r8)
            program.call(.probeReadKernel)
            program.jump(done, if: .r0, .notEqual, 0)
        }

        /// Leaves unless the source or the destination is one of the targets.
        private static func matchAddresses(
            _ program: inout BPFAssembler, _ addresses: Int32, found: BPFAssembler.Label,
            orLeave done: BPFAssembler.Label
        ) {
            let isSix = program.label()
            let bytes = event + Int16(Event.bytes)
            program.load(.byte, .r1, .frame, bytes)
            program.compute(.shiftRight, .r1, 4)
            program.jump(done, if: .r1, .notEqual, .r9)
            program.jump(isSix, if: .r9, .equal, 6)
            for address in [bytes + 12, bytes + 16] {
                program.store(.double, .frame, key, 0)
                program.store(.word, .frame, key + 8, Int32(bitPattern: UInt32(0x0000_FFFF).bigEndian))
                program.load(.word, .r1, .frame, address)
                program.store(.word, .frame, key + 12, from: .r1)
                lookUp(&program, addresses)
                program.jump(found, if: .r0, .notEqual, 0)
            }
            program.jump(done)
            program.place(isSix)
            program.jump(done, if: .r6, .less, 40)
            for address in [bytes + 8, bytes + 24] {
                for half: Int16 in [0, 8] {
                    program.load(.double, .r1, .frame, address + half)
                    program.store(.double, .frame, key + half, from: .r1)
                }
                lookUp(&program, addresses)
                program.jump(found, if: .r0, .notEqual, 0)
            }
            program.jump(done)
        }

        private static func lookUp(_ program: inout BPFAssembler, _ addresses: Int32) {
            program.moveMap(.r1, descriptor: addresses)
            program.move(.r2, .frame)
            program.compute(.add, .r2, Int32(key))
            program.call(.mapLookup)
        }
    }

    extension BPFWidth {
        fileprivate var bytes: Int32 {
            switch self {
            case .byte: 1
            case .half: 2
            case .word: 4
            case .double: 8
            }
        }
    }
#endif
