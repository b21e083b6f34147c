#if os(Linux)
    import HostNetwork
    import PacketWire
    import Testing

    @testable import LiveCapture

    /// On this machine's loopback, where the process may capture.
    @Suite struct CaptureHandleTests {
        static let isPermitted: Bool = {
            if (try? CaptureHandle(interface: "lo")) != nil { return true }
            print("skipped: capturing on lo needs root or CAP_NET_RAW")
            return false
        }()

        /// A connected pair of sockets, and what is sent between them.
        struct Traffic {
            let near: ProbeSocket
            let far: ProbeSocket
            let ports: (near: UInt16, far: UInt16)

            init() throws {
                near = try ProbeSocket(.udp, .v4, options: ProbeSocket.Options())
                far = try ProbeSocket(.udp, .v4, options: ProbeSocket.Options())
                // Connecting to anywhere gives a port to be found at.
                _ = near.connect(to: Endpoint(.v4(.loopback), 9))
                let nearEnd = try #require(near.localEndpoint)
                _ = far.connect(to: nearEnd)
                let farEnd = try #require(far.localEndpoint)
                _ = near.connect(to: farEnd)
                ports = (nearEnd.port, farEnd.port)
            }

            var filter: String { "udp and port \(ports.near) and port \(ports.far)" }
        }

        /// Waits until a descriptor is readable. The bound only ends a test that has already failed.
        static func wait(_ descriptors: [Int32]) throws {
            let poller = try Poller()
            for descriptor in descriptors { try poller.add(descriptor, token: 1) }
            poller.wait(nanoseconds: 10_000_000_000) { _ in }
        }

        @Test(.enabled(if: isPermitted))
        func ownDatagramsAreSeenOnceEach() throws {
            let traffic = try Traffic()
            let handle = try CaptureHandle(interface: "lo")
            #expect(handle.linkType == .ethernet)
            try handle.setFilter(traffic.filter)
            let before = Clock.unixNanoseconds()
            #expect(traffic.near.send([1, 2, 3]) == nil)
            #expect(traffic.far.send([4, 5, 6, 7]) == nil)
            var payloads: [[UInt8]] = []
            var stamps: [Int64] = []
            while payloads.count < 2 {
                try Self.wait([handle.descriptor])
                let count = try handle.dispatch { header, bytes in
                    payloads.append((42..<bytes.count).map { bytes[$0] })
                    stamps.append(header.unixNanoseconds)
                    #expect(header.originalLength == bytes.count)
                }
                guard count > 0 else { break }
            }
            #expect(payloads == [[1, 2, 3], [4, 5, 6, 7]])
            #expect(try handle.dispatch { _, _ in } == 0)
            // The same clock, so neither before the send nor after now.
            #expect(stamps == stamps.sorted())
            #expect(stamps.allSatisfy { $0 >= before - 1_000_000 })
            #expect(handle.statistics?.dropped == 0)
        }

        @Test(.enabled(if: isPermitted))
        func packetsAreCutAtTheSnapLength() throws {
            let traffic = try Traffic()
            var options = CaptureHandle.Options()
            options.snapLength = 60
            let handle = try CaptureHandle(interface: "lo", options: options)
            try handle.setFilter(traffic.filter)
            #expect(traffic.near.send([UInt8](repeating: 9, count: 100)) == nil)
            try Self.wait([handle.descriptor])
            var lengths: [Int] = []
            _ = try handle.dispatch { header, bytes in lengths += [bytes.count, header.originalLength] }
            // The kernel's ring keeps headers aligned and may give up to three bytes less than was asked for.
            #expect(lengths.count == 2)
            #expect((57...60).contains(try #require(lengths.first)))
            #expect(lengths.last == 142)
        }

        struct Enough: Error {}

        @Test(.enabled(if: isPermitted))
        func anErrorOfTheBodyComesOut() throws {
            let traffic = try Traffic()
            let handle = try CaptureHandle(interface: "lo")
            try handle.setFilter(traffic.filter)
            for byte: UInt8 in 1...3 { #expect(traffic.near.send([byte]) == nil) }
            try Self.wait([handle.descriptor])
            #expect(throws: Enough.self) { try handle.dispatch { _, _ in throw Enough() } }
            // What came after it is still there.
            var rest: [UInt8] = []
            _ = try handle.dispatch { _, bytes in rest.append(bytes[42]) }
            #expect(rest == [2, 3])
        }

        @Test(.enabled(if: isPermitted))
        func atMostSoManyAtOnce() throws {
            let traffic = try Traffic()
            let handle = try CaptureHandle(interface: "lo")
            try handle.setFilter(traffic.filter)
            for byte: UInt8 in 1...5 { #expect(traffic.near.send([byte]) == nil) }
            try Self.wait([handle.descriptor])
            let counts = try (0..<4).map { _ in try handle.dispatch(limit: 2) { _, _ in } }
            #expect(counts == [2, 2, 1, 0])
        }

        @Test(.enabled(if: isPermitted))
        func aClosedHandleGivesNothing() throws {
            let handle = try CaptureHandle(interface: "lo")
            handle.close()
            handle.close()
            #expect(try handle.dispatch { _, _ in } == 0)
            #expect(handle.statistics == nil)
            try handle.setFilter("tcp")
        }

        @Test(.enabled(if: isPermitted))
        func anAbsentDeviceIsNamed() {
            let error = #expect(throws: CaptureError.self) { try CaptureHandle(interface: "no-such-device") }
            #expect(error?.kind == .noSuchDevice)
            #expect(error?.interface == "no-such-device")
            #expect(error?.description == "there is no interface 'no-such-device'")
        }

        @Test(.enabled(if: isPermitted))
        func aBadFilterOfADeviceIsSaid() throws {
            let handle = try CaptureHandle(interface: "lo")
            let error = #expect(throws: CaptureError.self) { try handle.setFilter("port 70000") }
            #expect(error?.kind == .badFilter)
            #expect(error?.detail.isEmpty == false)
        }

        @Test(.enabled(if: !isPermitted, "this user may capture; the refusal shows without the privilege only"))
        func withoutPermissionThatIsSaid() {
            let error = #expect(throws: CaptureError.self) { try CaptureHandle(interface: "lo") }
            #expect(error?.kind == .noPermission)
        }

        @Test(arguments: ["", "tcp port 443", "icmp or icmp6 or arp", "host 192.0.2.1 and (tcp or udp)", "vlan 7"])
        func filtersAreChecked(_ filter: String) throws {
            try CaptureHandle.checkFilter(filter)
        }

        @Test(arguments: ["tcp port", "host", "port 70000", "(tcp", "no-such-word and tcp", "ether host 10.0.0.1.1"])
        func badFiltersAreRefusedWithLibpcapsReason(_ filter: String) {
            let error = #expect(throws: CaptureError.self) { try CaptureHandle.checkFilter(filter) }
            #expect(error?.kind == .badFilter)
            #expect(error?.detail.isEmpty == false)
        }

        /// What one link type can be asked, another cannot.
        @Test func filtersAreCheckedForTheLinkType() throws {
            try CaptureHandle.checkFilter("ether host 02:00:00:00:00:01", linkType: .ethernet)
            #expect(throws: CaptureError.self) {
                try CaptureHandle.checkFilter("ether host 02:00:00:00:00:01", linkType: .rawIP)
            }
        }
    }
#endif
