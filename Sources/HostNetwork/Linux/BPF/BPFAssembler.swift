#if os(Linux)
    /// Puts a BPF program together: instructions by name, jumps to labels. A label that leads nowhere is a mistake of
    /// ours and ends the process; everything else the kernel's verifier checks.
    struct BPFAssembler {
        /// A place in the program that is jumped to.
        struct Label: Hashable {
            fileprivate var number: Int
        }

        private var instructions: [BPFInstruction] = []
        private var places: [Label: Int] = [:]
        private var jumps: [(at: Int, to: Label)] = []
        private var labels = 0

        // Classes and modes of the first byte.
        private static let load: UInt8 = 0x61
        private static let store: UInt8 = 0x63
        private static let storeImmediate: UInt8 = 0x62

        mutating func label() -> Label {
            labels += 1
            return Label(number: labels)
        }

        /// The label is here.
        mutating func place(_ label: Label) { places[label] = instructions.count }

        // MARK: Moving

        /// `to = *(width *)(base + offset)`
        mutating func load(_ width: BPFWidth, _ to: BPFRegister, _ base: BPFRegister, _ offset: Int16) {
            emit(Self.load | width.rawValue, to, base, offset: offset)
        }

        /// `*(width *)(base + offset) = from`
        mutating func store(_ width: BPFWidth, _ base: BPFRegister, _ offset: Int16, from: BPFRegister) {
            emit(Self.store | width.rawValue, base, from, offset: offset)
        }

        /// `*(width *)(base + offset) = value`
        mutating func store(_ width: BPFWidth, _ base: BPFRegister, _ offset: Int16, _ value: Int32) {
            emit(Self.storeImmediate | width.rawValue, base, offset: offset, immediate: value)
        }

        mutating func move(_ to: BPFRegister, _ from: BPFRegister) { compute(.move, to, from) }

        /// The value is extended with its sign.
        mutating func move(_ to: BPFRegister, _ value: Int32) { compute(.move, to, value) }

        /// The address of a map, which the kernel puts in the place of its descriptor: two instructions long.
        mutating func moveMap(_ to: BPFRegister, descriptor: Int32) {
            emit(0x18, to, .r1, immediate: descriptor)  // BPF_PSEUDO_MAP_FD
            emit(0x00)
        }

        // MARK: Computing

        mutating func compute(_ operation: BPFOperation, _ to: BPFRegister, _ value: Int32) {
            emit(0x07 | operation.rawValue, to, immediate: value)
        }

        mutating func compute(_ operation: BPFOperation, _ to: BPFRegister, _ from: BPFRegister) {
            emit(0x0F | operation.rawValue, to, from)
        }

        // MARK: Deciding

        mutating func jump(_ label: Label) {
            jumps.append((instructions.count, label))
            emit(0x05)
        }

        /// Whole registers are compared; the value is extended with its sign.
        mutating func jump(_ label: Label, if left: BPFRegister, _ comparison: BPFComparison, _ right: Int32) {
            jumps.append((instructions.count, label))
            emit(0x05 | comparison.rawValue, left, immediate: right)
        }

        mutating func jump(_ label: Label, if left: BPFRegister, _ comparison: BPFComparison, _ right: BPFRegister) {
            jumps.append((instructions.count, label))
            emit(0x0D | comparison.rawValue, left, right)
        }

        /// Only the lower half of the register is compared, so that no sign gets in the way.
        mutating func jump(_ label: Label, ifLower left: BPFRegister, _ comparison: BPFComparison, _ right: UInt32) {
            jumps.append((instructions.count, label))
            emit(0x06 | comparison.rawValue, left, immediate: Int32(bitPattern: right))
        }

        mutating func call(_ helper: BPFHelper) { emit(0x85, immediate: helper.rawValue) }

        mutating func exit() { emit(0x95) }

        // MARK: The end

        /// The program with its jumps resolved, each instruction as the kernel reads it.
        func assemble() -> [UInt64] {
            var resolved = instructions
            for (at, label) in jumps {
                // Forwards only: a program without loops is one that the oldest verifiers take.
                guard let place = places[label], place > at, let distance = Int16(exactly: place - at - 1) else {
                    preconditionFailure("a jump of the program leads nowhere")
                }
                resolved[at].offset = distance
            }
            return resolved.map(\.encoded)
        }

        private mutating func emit(
            _ code: UInt8, _ destination: BPFRegister = .r0, _ source: BPFRegister = .r0, offset: Int16 = 0,
            immediate: Int32 = 0
        ) {
            instructions.append(BPFInstruction(code, destination, source, offset: offset, immediate: immediate))
        }
    }
#endif
