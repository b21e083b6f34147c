#if os(Linux)
    import Testing

    @testable import HostNetwork

    /// Bytes as include/uapi/linux/bpf.h and Documentation/bpf/standardization/instruction-set.rst define them.
    @Suite struct BPFAssemblerTests {
        private func bytes(_ write: (inout BPFAssembler) -> Void) -> [[UInt8]] {
            var assembler = BPFAssembler()
            write(&assembler)
            return assembler.assemble().map { word in
                (0..<8).map { UInt8(truncatingIfNeeded: word >> (8 * UInt64($0))) }
            }
        }

        @Test("Loads and stores")
        func moving() {
            let code = bytes {
                $0.load(.double, .r6, .r1, 8)
                $0.load(.word, .r2, .r3, -4)
                $0.load(.half, .r2, .frame, -8)
                $0.load(.byte, .r2, .frame, -8)
                $0.store(.double, .frame, -8, from: .r1)
                $0.store(.word, .frame, -16, 0x0102_0304)
                $0.store(.double, .frame, -16, -1)
            }
            #expect(
                code == [
                    [0x79, 0x16, 0x08, 0x00, 0, 0, 0, 0],
                    [0x61, 0x32, 0xFC, 0xFF, 0, 0, 0, 0],
                    [0x69, 0xA2, 0xF8, 0xFF, 0, 0, 0, 0],
                    [0x71, 0xA2, 0xF8, 0xFF, 0, 0, 0, 0],
                    [0x7B, 0x1A, 0xF8, 0xFF, 0, 0, 0, 0],
                    [0x62, 0x0A, 0xF0, 0xFF, 4, 3, 2, 1],
                    [0x7A, 0x0A, 0xF0, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF],
                ])
        }

        @Test("Arithmetic, calls, maps and the end")
        func computing() {
            let code = bytes {
                $0.move(.r2, .frame)
                $0.move(.r0, 0)
                $0.compute(.add, .r2, -24)
                $0.compute(.add, .r8, .r7)
                $0.compute(.subtract, .r6, .r7)
                $0.compute(.and, .r8, -2)
                $0.compute(.shiftRight, .r1, 4)
                $0.call(.probeReadKernel)
                $0.moveMap(.r1, descriptor: 5)
                $0.exit()
            }
            #expect(
                code == [
                    [0xBF, 0xA2, 0, 0, 0, 0, 0, 0],
                    [0xB7, 0x00, 0, 0, 0, 0, 0, 0],
                    [0x07, 0x02, 0, 0, 0xE8, 0xFF, 0xFF, 0xFF],
                    [0x0F, 0x78, 0, 0, 0, 0, 0, 0],
                    [0x1F, 0x76, 0, 0, 0, 0, 0, 0],
                    [0x57, 0x08, 0, 0, 0xFE, 0xFF, 0xFF, 0xFF],
                    [0x77, 0x01, 0, 0, 4, 0, 0, 0],
                    [0x85, 0x00, 0, 0, 113, 0, 0, 0],
                    [0x18, 0x11, 0, 0, 5, 0, 0, 0],
                    [0, 0, 0, 0, 0, 0, 0, 0],
                    [0x95, 0x00, 0, 0, 0, 0, 0, 0],
                ])
        }

        @Test("Jumps count from the next instruction, maps as two")
        func jumps() {
            let code = bytes {
                let end = $0.label()
                let middle = $0.label()
                $0.jump(end, if: .r0, .equal, 0)
                $0.jump(middle, if: .r6, .lessOrEqual, .r7)
                $0.moveMap(.r1, descriptor: 3)
                $0.place(middle)
                $0.jump(end, ifLower: .r8, .notEqual, 0xF000_0001)
                $0.jump(end)
                $0.jump(end, if: .r6, .less, 20)
                $0.place(end)
                $0.exit()
            }
            #expect(code[0] == [0x15, 0x00, 6, 0, 0, 0, 0, 0])
            #expect(code[1] == [0xBD, 0x76, 2, 0, 0, 0, 0, 0])
            #expect(code[4] == [0x56, 0x08, 2, 0, 0x01, 0, 0, 0xF0])
            #expect(code[5] == [0x05, 0x00, 1, 0, 0, 0, 0, 0])
            #expect(code[6] == [0xA5, 0x06, 0, 0, 20, 0, 0, 0])
        }

        @Test("A jump backwards, or to nowhere, is a mistake of ours")
        func badJumps() async {
            await #expect(processExitsWith: .failure) {
                var assembler = BPFAssembler()
                let start = assembler.label()
                assembler.place(start)
                assembler.exit()
                assembler.jump(start)
                _ = assembler.assemble()
            }
            await #expect(processExitsWith: .failure) {
                var assembler = BPFAssembler()
                assembler.jump(assembler.label())
                _ = assembler.assemble()
            }
        }

        @Test("The drop program ends in every case and stays small, with and without the receiving socket")
        func program() throws {
            for receiver in [false, true] {
                let layout = try DropLayout(BTFBuilder.kernel(receiver: receiver).bytes.span.bytes)
                let program = DropProgram.assemble(layout, namespace: 4_026_531_840, addresses: 3, ring: 4)
                #expect(program.last == 0x95)
                #expect(program.count < 250, "\(program.count) instructions")
            }
        }
    }
#endif
