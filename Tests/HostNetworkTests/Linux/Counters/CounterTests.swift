#if os(Linux)
    @testable import HostNetwork
    import PacketWire
    import StallpointTestKit
    import Testing

    struct CounterTests {
        private static let snmp = """
            Ip: Forwarding DefaultTTL InReceives
            Ip: 2 64 100
            Tcp: RtoAlgorithm MaxConn RetransSegs
            Tcp: 1 -1 7

            """
        private static let netstat = """
            TcpExt: SyncookiesSent IPReversePathFilter TCPTimeouts
            TcpExt: 0 3 5

            """
        private static let snmp6 = "Ip6InNoRoutes                   \t4\nIcmp6OutMsgs \t9\nUdp6NoPorts 1\n"
        private static let devices = """
            Inter-|   Receive                                                |  Transmit
             face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
                lo:    3293      31    0    0    0     0          0         0     3293      31    0    0    0     0       0          0
              a:b0:       1       2    3    4    5     6          7         8        9      10   11   12   13    14      15         16

            """
        private static let tracking = """
            entries  clashres found insert_failed drop
            0000000a  00000000 00000001 00000002 000000ff
            0000000a  00000000 00000001 00000001 00000001

            """

        private static let ipsec = "XfrmInError             \t0\nXfrmOutNoStates         \t60\n"

        private static func snapshot() -> CounterSnapshot {
            CounterSnapshot(
                snmp: snmp, netstat: netstat, snmp6: snmp6, devices: devices, tracking: tracking, ipsec: ipsec)
        }

        @Test("Every file is read into names and values")
        func values() {
            let values = Self.snapshot().values
            #expect(values["Ip.InReceives"] == 100)
            #expect(values["Tcp.RetransSegs"] == 7)
            #expect(values["Tcp.MaxConn"] == nil, "a negative setting is no counter")
            #expect(values["TcpExt.IPReversePathFilter"] == 3)
            #expect(values["Ip6.Ip6InNoRoutes"] == 4)
            #expect(values["Icmp6.Icmp6OutMsgs"] == 9)
            #expect(values["Udp6.Udp6NoPorts"] == 1)
            #expect(values["lo.rx_packets"] == 31)
            #expect(values["a:b0.tx_dropped"] == 12)
            #expect(values["nf_conntrack.drop"] == 256)
            #expect(values["nf_conntrack.insert_failed"] == 3)
            #expect(values["nf_conntrack.entries"] == nil)
            #expect(values["Xfrm.XfrmOutNoStates"] == 60 && values["Xfrm.XfrmInError"] == 0)
        }

        @Test("Only what rose is a change; what came, went or was reset is none")
        func rises() {
            let later = CounterSnapshot(
                netstat: Self.netstat.replacing("0 3 5", with: "0 6 4"), devices: Self.devices,
                tracking: Self.tracking.replacing("00000002", with: "00000004"))
            let rises = later.rises(since: CounterSnapshot(netstat: Self.netstat, tracking: Self.tracking))
            #expect(rises == ["TcpExt.IPReversePathFilter": 3, "nf_conntrack.insert_failed": 2])
        }

        @Test("A text cut anywhere gives no value that the whole one does not have")
        func cut() {
            let whole = Self.snapshot().values
            for length in 0..<Self.devices.count {
                let values = CounterSnapshot(
                    snmp: String(Self.snmp.prefix(length)), netstat: String(Self.netstat.prefix(length)),
                    snmp6: String(Self.snmp6.prefix(length)), devices: String(Self.devices.prefix(length))
                ).values
                for (name, value) in values { #expect(whole[name] == value, "\(name) after \(length) bytes") }
            }
        }

        @Test("Nothing of any text traps")
        func hostile() {
            var random = SeededGenerator(seed: 3)
            for _ in 0..<500 {
                let bytes = (0..<200).map { _ in "\n :.0123456789abcTcpIp6-".randomElement(using: &random) ?? " " }
                let text = String(bytes)
                _ =
                    CounterSnapshot(
                        snmp: text, netstat: text, snmp6: text, devices: text, tracking: text, ipsec: text
                    ).values
                _ = KernelLimits.sockets(in: text, to: Endpoint(.v4(.loopback), 80), within: 1...65_535)
                _ = KernelLimits.connections(
                    in: text, to: Endpoint(.v4(.loopback), 80), from: .v4(.loopback))
                _ = KernelLimits.controlGroup(text)
                _ = KernelLimits.localPorts(text)
            }
        }

        @Test("This machine's own are there")
        func live() {
            let values = CounterSnapshot().values
            #expect(values["Tcp.RetransSegs"] != nil)
            #expect(values["lo.rx_packets"] != nil)
            #expect(CounterSnapshot().rises(since: CounterSnapshot()).count < 50)
        }
    }

    struct KernelLimitTests {
        private static let table = """
              sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
               0: 0264336B:9C40 0A7100CB:01BB 01 00000000:00000000 00:00000000 00000000     0        0 1 1 0 20 4 30 10 -1
               1: 0264336B:9C41 0A7100CB:01BB 06 00000000:00000000 00:00000000 00000000     0        0 1 1 0 20 4 30 10 -1
               2: 0264336B:9C42 0A7100CB:0050 01 00000000:00000000 00:00000000 00000000     0        0 1 1 0 20 4 30 10 -1
               3: 00000000:0016 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1 1 0 100 0 0 10 0
            """

        @Test("Sockets are counted by port range and by destination")
        func sockets() {
            let remote = Endpoint(IPAddress("203.0.113.10")!, 443)
            let (all, there) = KernelLimits.sockets(in: Self.table, to: remote, within: 40_000...40_010)
            #expect(all == 3)
            #expect(there == 2)
        }

        @Test("Of the connections to a port those are counted that stand, and from one address")
        func standing() {
            let remote = Endpoint(IPAddress("203.0.113.10")!, 443)
            let local = IPAddress("107.51.100.2")!
            #expect(KernelLimits.connections(in: Self.table, to: remote, from: local) == 1, "one is closing")
            #expect(KernelLimits.connections(in: Self.table, to: remote, from: IPAddress("107.51.100.3")!) == 0)
            #expect(KernelLimits.connections(in: Self.table, to: Endpoint(remote.address, 80), from: local) == 1)
        }

        @Test("Endpoints are written as the kernel writes them")
        func hexadecimal() {
            #expect(KernelLimits.hexadecimal(Endpoint(IPAddress("127.0.0.1")!, 8_080)) == "0100007F:1F90")
            #expect(
                KernelLimits.hexadecimal(Endpoint(IPAddress("2001:db8::1")!, 443))
                    == "B80D0120000000000000000001000000:01BB")
        }

        @Test("Ranges and groups")
        func texts() {
            #expect(KernelLimits.localPorts("32768\t60999\n") == 32_768...60_999)
            #expect(KernelLimits.localPorts("9 8") == nil)
            #expect(KernelLimits.localPorts("1") == nil)
            #expect(KernelLimits.localPorts("1 70000") == nil)
            #expect(KernelLimits.controlGroup("5:memory:/a\n0::/system.slice/x.service\n") == "/system.slice/x.service")
            #expect(KernelLimits.controlGroup("5:memory:/a:b\n") == "/a:b")
            #expect(KernelLimits.controlGroup("") == nil)
            #expect(KernelLimits.localPorts() != nil)
            #expect(KernelLimits.networkNamespace()?.name.hasPrefix("net:[") == true)
        }
    }
#endif
