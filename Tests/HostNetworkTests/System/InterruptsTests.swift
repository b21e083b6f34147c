#if os(Linux)
    import Glibc
    import HostNetwork
    import Testing

    /// In processes of their own: signals belong to the whole process.
    @Suite struct InterruptsTests {
        @Test func signalsAreRead() async {
            await #expect(processExitsWith: .success) {
                let interrupts = try Interrupts()
                #expect(interrupts.take() == nil)
                let poller = try Poller()
                try poller.add(interrupts.descriptor, token: 1)
                for signal in [SIGINT, SIGTERM, SIGHUP] {
                    raise(signal)
                    var count = 0
                    poller.wait(nanoseconds: 10_000_000_000) { _ in count += 1 }
                    #expect(count == 1)
                    #expect(interrupts.take() == signal)
                    #expect(interrupts.take() == nil)
                }
            }
        }

        @Test func aReaderThatWentAwayIsAnError() async {
            await #expect(processExitsWith: .success) {
                let interrupts = try Interrupts()
                var ends: [Int32] = [-1, -1]
                #expect(pipe(&ends) == 0)
                close(ends[0])
                #expect(write(ends[1], "x", 1) == -1)
                #expect(errno == EPIPE)
                #expect(interrupts.take() == nil)
            }
        }

        /// `nohup`: the parent chose that a lost terminal ends nothing.
        @Test func whatIsIgnoredStaysIgnored() async {
            await #expect(processExitsWith: .success) {
                signal(SIGHUP, SIG_IGN)
                let interrupts = try Interrupts()
                raise(SIGHUP)
                #expect(interrupts.take() == nil)
                raise(SIGTERM)
                #expect(interrupts.take() == SIGTERM)
            }
        }
    }
#endif
