#if os(Linux)
    /// One instruction of the kernel's BPF machine: eight bytes (Documentation/bpf/standardization/instruction-set.rst,
    /// include/uapi/linux/bpf.h, struct bpf_insn).
    struct BPFInstruction: Hashable {
        var code: UInt8
        var destination: BPFRegister
        var source: BPFRegister
        var offset: Int16
        var immediate: Int32

        init(
            _ code: UInt8, _ destination: BPFRegister = .r0, _ source: BPFRegister = .r0, offset: Int16 = 0,
            immediate: Int32 = 0
        ) {
            self.code = code
            self.destination = destination
            self.source = source
            self.offset = offset
            self.immediate = immediate
        }

        /// As the kernel reads it. The two registers share a byte, the destination in its lower half.
        var encoded: UInt64 {
            UInt64(code) | UInt64(source.rawValue << 4 | destination.rawValue) << 8
                | UInt64(UInt16(bitPattern: offset)) << 16 | UInt64(UInt32(bitPattern: immediate)) << 32
        }
    }

    /// r0 holds results, r1 to r5 arguments and are lost by a call, r6 to r9 survive one, r10 is the frame.
    enum BPFRegister: UInt8 {
        case r0, r1, r2, r3, r4, r5, r6, r7, r8, r9, frame
    }

    /// How much a load or store moves.
    enum BPFWidth: UInt8 {
        case word = 0x00
        case half = 0x08
        case byte = 0x10
        case double = 0x18
    }

    /// Comparisons of a conditional jump; without sign.
    enum BPFComparison: UInt8 {
        case equal = 0x10
        case greater = 0x20
        case greaterOrEqual = 0x30
        case notEqual = 0x50
        case less = 0xA0
        case lessOrEqual = 0xB0
    }

    /// Operations on a whole register.
    enum BPFOperation: UInt8 {
        case add = 0x00
        case subtract = 0x10
        case or = 0x40
        case and = 0x50
        case shiftLeft = 0x60
        case shiftRight = 0x70
        case move = 0xB0
    }

    /// The kernel functions that a program of ours calls (include/uapi/linux/bpf.h, ___BPF_FUNC_MAPPER).
    enum BPFHelper: Int32 {
        case mapLookup = 1
        case monotonicNanoseconds = 5
        case probeReadKernel = 113
        case ringBufferOutput = 130
    }
#endif
