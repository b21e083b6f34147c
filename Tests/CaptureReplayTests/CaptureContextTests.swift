import CaptureFile
import Conversations
import Diagnosis
import StallpointTestKit
import Testing

@testable import CaptureReplay
@testable import PacketWire

/// What a capture says beside its connections: what they travelled in, where it was made, how far it can be trusted.
struct CaptureContextTests {
    private static func address(_ text: String) -> IPAddress { IPAddress(text) ?? ConnectionScript.client }

    private func replay(_ connections: ConnectionScript..., linkType: LinkType? = nil) throws -> CaptureReplay {
        try CaptureReplay(ConnectionScript.captureFile(connections, linkType: linkType))
    }

    // MARK: Tunnels

    /// Ethernet in VXLAN over IPv4, RFC 7348 section 5.
    private static func vxlan(_ network: UInt32) -> ([UInt8], Bool) -> [UInt8] {
        { inner, isThere in
            let outer = FrameBuilder(
                .rawIP, from: address(isThere ? "192.0.2.1" : "192.0.2.2"),
                to: address(isThere ? "192.0.2.2" : "192.0.2.1"))
            let header: [UInt8] = [
                8, 0, 0, 0, UInt8(network >> 16), UInt8(network >> 8 & 0xFF), UInt8(network & 0xFF), 0,
            ]
            return outer.udp(from: 50_000, to: 4_789, payload: header + inner)
        }
    }

    private static let ethernet = FrameBuilder.Link.ethernet(
        from: MACAddress(rawValue: 0x0200_0000_0001), to: MACAddress(rawValue: 0x0200_0000_0002))

    @Test("Equal flows of two tenants are two conversations, and each says what it was in")
    func tenants() throws {
        var one = ConnectionScript(link: Self.ethernet)
        one.carrier = Self.vxlan(77)
        var other = ConnectionScript(link: Self.ethernet)
        other.carrier = Self.vxlan(78)
        other.wait(1)
        one.handshake()
        one.finish(byClient: true)
        for _ in 0..<4 {
            other.syn()
            other.wait(1_000)
        }
        let replay = try replay(one, other, linkType: .rawIP)
        #expect(replay.diagnoses.map(\.verdict) == [.open, .blocked])
        #expect(
            replay.diagnoses.map { $0.conversation?.carrier?.description } == [
                "VXLAN 77 (192.0.2.1 > 192.0.2.2)", "VXLAN 78 (192.0.2.1 > 192.0.2.2)",
            ])
    }

    /// What goes there is in one network, and what comes back in another: each end routes into that of whom it is for.
    private static func asymmetric(_ inner: [UInt8], _ isThere: Bool) -> [UInt8] {
        vxlan(isThere ? 77 : 78)(inner, isThere)
    }

    @Test(
        "A network that is another one on the way back does not tear a connection apart, wherever the capture begins",
        arguments: [0, 1, 2, 3, 4])
    func asymmetricNetworks(missing: Int) throws {
        var connection = ConnectionScript(link: Self.ethernet)
        connection.carrier = Self.asymmetric
        connection.handshake()
        connection.client([1, 2, 3])
        connection.server([4, 5])
        connection.finish(byClient: true)
        var seen = 0
        let tail = connection.keeping { _, _ in
            seen += 1
            return seen > missing
        }
        let replay = try replay(tail, linkType: .rawIP)
        let conversation = try #require(replay.diagnoses.first?.conversation)
        #expect(replay.diagnoses.count == 1 && conversation.sent.packets > 1 && conversation.received.packets > 1)
        if missing == 0 { #expect(replay.diagnoses.map(\.verdict) == [.open]) }
    }

    @Test("The same for what refuses and for datagrams")
    func asymmetricRefusals() throws {
        var refused = ConnectionScript(link: Self.ethernet)
        refused.carrier = Self.asymmetric
        refused.syn()
        refused.refuse()
        #expect(try replay(refused, linkType: .rawIP).diagnoses.map(\.verdict) == [.closed])
        var asked = ConnectionScript(to: ConnectionScript.server, 5_000, link: Self.ethernet)
        asked.carrier = Self.asymmetric
        asked.datagram([1], fromClient: true)
        asked.datagram([2], fromClient: false)
        #expect(try replay(asked, linkType: .rawIP).diagnoses.map(\.verdict) == [.open])
    }

    @Test("A VLAN that is another one on the way back does not tear a connection apart")
    func asymmetricTags() throws {
        var connection = ConnectionScript(link: Self.ethernet)
        connection.there.vlanTags = [VLANTag(20)]
        connection.back.vlanTags = [VLANTag(30)]
        connection.handshake()
        connection.finish(byClient: true)
        let replay = try replay(connection)
        #expect(replay.diagnoses.map(\.verdict) == [.open])
        #expect(replay.diagnoses[0].conversation?.carrier?.description == "vlan 20")
    }

    // MARK: Fragments

    /// An IPv4 packet in pieces of `size` bytes, a multiple of eight.
    private static func fragments(_ packet: [UInt8], of size: Int) -> [[UInt8]] {
        let payload = Array(packet.dropFirst(20))
        return stride(from: 0, to: payload.count, by: size).map { start in
            let piece = payload[start..<min(start + size, payload.count)]
            var bytes = Array(packet.prefix(20)) + piece
            let more = start + size < payload.count
            bytes.store(bigEndian: UInt16(bytes.count), at: 2)
            bytes.store(bigEndian: UInt16(start / 8) | (more ? 0x2000 : 0), at: 6)
            bytes.store(bigEndian: 0, at: 10)
            var sum = InternetChecksum()
            sum.add(bytes.span, 0..<20)
            bytes.store(bigEndian: sum.checksum, at: 10)
            return bytes
        }
    }

    private func fragmented(_ order: [Int]) -> ConnectionScript {
        var connection = ConnectionScript(to: ConnectionScript.server, 5_000)
        connection.there.identification = 7
        connection.there.dontFragment = false
        let whole = connection.there.udp(from: 40_000, to: 5_000, payload: [UInt8](repeating: 9, count: 3_000))
        let pieces = Self.fragments(whole, of: 1_480)
        for place in order { connection.keep(pieces[place], true) }
        return connection
    }

    @Test(
        "A datagram counts when its last fragment has come, in any order",
        arguments: [[0, 1, 2], [2, 0, 1], [1, 2, 0]])
    func reassembly(order: [Int]) throws {
        var connection = fragmented(order)
        connection.datagram([1], fromClient: false)
        let replay = try replay(connection)
        let diagnosis = try #require(replay.diagnoses.first)
        #expect(replay.diagnoses.count == 1 && diagnosis.verdict == .open)
        #expect(diagnosis.conversation?.sent.packets == 1 && diagnosis.conversation?.received.packets == 1)
        #expect(diagnosis.timeline.first?.frame == 3 && replay.result.digest.packets == 4)
        #expect(!replay.result.digest.limits.contains { $0.contains("fragment") })
    }

    @Test("Fragments in a tunnel are of its network, and say what they were in", arguments: [[0, 1, 2], [0, 1]])
    func fragmentsInATunnel(order: [Int]) throws {
        var plain = fragmented(order)
        plain.wait(0)
        var inside = ConnectionScript(to: ConnectionScript.server, 5_000)
        inside.carrier = Self.vxlan(9)
        for frame in plain.frames {
            // Ethernet in front, as VXLAN has it.
            inside.keep([2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0] + frame.bytes, true)
        }
        let diagnosis = try #require(try replay(inside, linkType: .rawIP).diagnoses.first)
        #expect(diagnosis.target.port == 5_000)
        if order.count == 3 {
            #expect(diagnosis.conversation?.carrier?.description == "VXLAN 9 (192.0.2.1 > 192.0.2.2)")
        }
    }

    @Test("A datagram that is never whole is still an attempt, and the report says what was missing")
    func neverWhole() throws {
        let replay = try replay(fragmented([0, 1]))
        #expect(replay.diagnoses.map(\.target.port) == [5_000])
        #expect(replay.diagnoses.first?.conversation?.sent.packets == 1)
        #expect(
            replay.result.digest.limits.contains { $0.hasPrefix("1 fragmented datagram was never whole here") },
            "\(replay.result.digest.limits)")
        let without = try self.replay(fragmented([1, 2]))
        #expect(without.diagnoses.isEmpty && without.result.digest.limits.count == 1)
    }

    @Test(
        "An answer of which only the beginning comes is none, and who asks again shows that it was missed",
        arguments: [1, 3])
    func answerInPieces(questions: Int) throws {
        var connection = ConnectionScript(to: ConnectionScript.server, 5_000)
        for number in 1...questions {
            connection.datagram([1, 2, 3], fromClient: true)
            connection.back.identification = UInt16(number)
            connection.back.dontFragment = false
            let whole = connection.back.udp(from: 5_000, to: 40_000, payload: [UInt8](repeating: 9, count: 3_000))
            connection.keep(Self.fragments(whole, of: 1_480)[0], false)
            connection.wait(5_000)
        }
        let diagnosis = try #require(try replay(connection).diagnoses.first)
        #expect(diagnosis.verdict == (questions > 1 ? .blocked : .undetermined))
        #expect(diagnosis.confidence == (questions > 1 ? .likely : .weak))
        if questions > 1 { #expect(diagnosis.summary.contains("frame 2"), "\(diagnosis.summary)") }
        #expect(diagnosis.lookAlikes.contains { $0.cause == "the capture lacks fragments that came" })
    }

    @Test("A segment that lacks fragments was not received: nothing of it counts as said")
    func segmentInPieces() throws {
        var connection = ConnectionScript()
        connection.handshake()
        connection.client(Array("GET / HTTP/1.1\r\n\r\n".utf8))
        connection.back.identification = 9
        connection.back.dontFragment = false
        let header = TCPHeader(
            from: 443, to: 40_000, .ack, sequenceNumber: 5_001, acknowledgementNumber: 1_019, window: 64_240)
        let whole = connection.back.tcp(header, payload: [UInt8](repeating: 9, count: 3_000))
        let pieces = Self.fragments(whole, of: 1_480)
        var lost = connection
        lost.keep(pieces[0], false)
        let analysis = try #require(try replay(lost).diagnoses.first?.conversation?.analysis)
        #expect(analysis.responder.payloadBytes == 0)
        for piece in pieces { connection.keep(piece, false) }
        let heard = try #require(try replay(connection).diagnoses.first?.conversation?.analysis)
        #expect(heard.responder.payloadBytes == 3_000)
    }

    @Test("A router's word on a packet that is not in the capture", arguments: [1, 3])
    func tooBigAlone(times: Int) throws {
        var script = PacketScript()
        script.sendDatagram(to: 5_000, payload: [UInt8](repeating: 1, count: 1_400))
        for _ in 0..<times { script.refuse(type: 3, code: 4, by: IPAddress("192.0.2.2")!) }
        script.missFirst()
        let diagnosis = try #require(try CaptureReplay(script.captureFile).diagnoses.first)
        #expect(diagnosis.verdict == .undetermined && diagnosis.confidence == .weak && diagnosis.zones == [.path])
        #expect(
            diagnosis.summary.hasPrefix("192.0.2.2 says that a packet to 203.0.113.10:5000/udp"), "\(diagnosis.summary)"
        )
    }

    // MARK: Where it was made

    @Test("On the server itself an unanswered SYN is the server's affair")
    func onTheServer() throws {
        var other = ConnectionScript(
            from: Self.address("10.0.0.9"), 41_000, to: ConnectionScript.server, 22, link: .linuxSLL(.toUs))
        other.back.timeToLive = 64
        other.handshake()
        var silent = ConnectionScript(link: .linuxSLL(.toUs))
        silent.wait(5)
        for pause in [1_000, 2_000, 4_000] as [Int64] {
            silent.syn()
            silent.wait(pause)
        }
        let replay = try replay(other, silent)
        let diagnosis = try #require(replay.diagnoses.last)
        #expect(diagnosis.verdict == .blocked && diagnosis.zones == [.destination] && diagnosis.confidence == .strong)
        #expect(diagnosis.lookAlikes.isEmpty)
        // The same packets where the file does not say which way they went.
        var plain = ConnectionScript()
        for pause in [1_000, 2_000, 4_000] as [Int64] {
            plain.syn()
            plain.wait(pause)
        }
        #expect(try self.replay(plain).diagnoses.first?.zones.contains(.path) == true)
    }

    @Test("Behind a tap beside the server, the server comes first; the client's tap knows nothing of that")
    func besideTheServer() throws {
        func silence(there: UInt8, back: UInt8) throws -> TargetDiagnosis {
            var other = ConnectionScript(to: ConnectionScript.server, 22)
            (other.there.timeToLive, other.back.timeToLive) = (there, back)
            other.handshake()
            other.finish(byClient: true)
            var silent = ConnectionScript()
            silent.there.timeToLive = there
            for pause in [1_000, 2_000, 4_000] as [Int64] {
                silent.syn()
                silent.wait(pause)
            }
            return try #require(try replay(other, silent).diagnoses.last)
        }
        let beside = try silence(there: 50, back: 64)
        #expect(beside.verdict == .blocked && beside.confidence == .likely && beside.zones.first == .destination)
        #expect(Set(beside.zones) == [.destination, .path, .returnPath])
        #expect(try silence(there: 64, back: 50).zones.first == .path)
        #expect(try silence(there: 64, back: 64).zones.first == .path)
    }

    @Test("A router that records one interface, and a bridge, are not the hosts behind them")
    func onTheWay() throws {
        func silent(_ type: CookedPacketType) -> ConnectionScript {
            var silent = ConnectionScript(link: .linuxSLL(type))
            silent.wait(5)
            for pause in [1_000, 2_000, 4_000] as [Int64] {
                silent.syn()
                silent.wait(pause)
            }
            return silent
        }
        func open(_ type: CookedPacketType, timeToLive: UInt8) -> ConnectionScript {
            var open = ConnectionScript(
                from: Self.address("10.0.0.9"), 41_000, to: ConnectionScript.server, 22, link: .linuxSLL(type))
            open.back.timeToLive = timeToLive
            open.handshake()
            return open
        }
        let host = try replay(open(.toUs, timeToLive: 64), silent(.toUs))
        #expect(host.diagnoses.last?.zones == [.destination])
        let router = try replay(open(.toUs, timeToLive: 63), silent(.toUs))
        #expect(router.diagnoses.last?.zones.contains(.path) == true)
        let bridge = try replay(open(.toAnother, timeToLive: 64), silent(.toAnother))
        #expect(bridge.diagnoses.last?.zones.contains(.path) == true)
    }

    @Test("A router that forwards is neither end")
    func onARouter() throws {
        var connections: [ConnectionScript] = []
        for type in [CookedPacketType.toUs, .fromUs] {
            var silent = ConnectionScript(link: .linuxSLL(type))
            for pause in [1_000, 2_000, 4_000] as [Int64] {
                silent.syn()
                silent.wait(pause)
            }
            connections.append(silent)
        }
        let replay = try CaptureReplay(ConnectionScript.captureFile(connections))
        #expect(replay.diagnoses.first?.zones.contains(.path) == true)
    }

    @Test(
        "Routers passed and the halves of the handshake tell where the tap is",
        arguments: [
            (64, 61, TapTally.Place.nearInitiators), (60, 128, .nearResponders), (62, 61, .between),
            (64, 255, .sameNetwork),
        ])
    func tap(_ client: Int, _ server: Int, _ place: TapTally.Place) throws {
        var connection = ConnectionScript()
        connection.there.timeToLive = UInt8(client)
        connection.back.timeToLive = UInt8(server)
        connection.handshake()
        let tap = try replay(connection).result.digest.tap
        #expect(tap.place == place && tap.responderShare == 0.5)
        #expect(tap.initiatorRouters == (client == 64 ? 0 : 64 - client))
    }

    @Test("What was sent to die on the way says nothing of the tap's place")
    func tapBesideLadder() throws {
        let connections = [64, 64, 3, 4, 5, 8].enumerated().map { index, timeToLive in
            var connection = ConnectionScript(UInt16(40_000 + index))
            connection.there.timeToLive = UInt8(timeToLive)
            connection.back.timeToLive = 61
            connection.handshake()
            return connection
        }
        let tap = try CaptureReplay(ConnectionScript.captureFile(connections)).result.digest.tap
        #expect(tap.place == .nearInitiators && tap.initiatorRouters == 0)
    }

    // MARK: How far it can be trusted

    @Test("A clock that goes back, or leaps, is said once")
    func clock() throws {
        var connection = ConnectionScript()
        connection.handshake()
        connection.now -= 5_000_000_000
        connection.client([1])
        connection.wait(40 * 86_400_000)
        connection.server([1])
        // In the order of the script, not of the times.
        var bytes: [UInt8] = []
        let writer = PcapWriter(linkType: .rawIP, to: &bytes)
        for frame in connection.frames {
            let at = CaptureTimestamp(nanosecondsSince1970: 1_700_000_000_000_000_000 + frame.at)
            writer.append(frame.bytes.span, at: at, to: &bytes)
        }
        let limits = try CaptureReplay(bytes).result.digest.limits
        #expect(
            limits.contains { $0.hasPrefix("the clock went back once, by up to 4.9 s, first at frame 4") }, "\(limits)")
        #expect(limits.contains { $0.hasPrefix("between frame 4 and frame 5 lie 40 days") }, "\(limits)")
    }

    @Test("Segments that no network card would send, openings without checksums, and cut packets are said")
    func offload() throws {
        var connection = ConnectionScript()
        connection.handshake()
        connection.client([UInt8](repeating: 1, count: 20_000))
        let limits = try replay(connection).result.digest.limits
        #expect(limits.contains { $0.hasPrefix("segments of 1 connection are longer") }, "\(limits)")
        var exact = ConnectionScript()
        exact.handshake()
        exact.client([UInt8](repeating: 1, count: 1_460))
        #expect(try replay(exact).result.digest.limits.isEmpty)

        var unfilled = ConnectionScript()
        unfilled.carrier = { bytes, isThere in
            guard isThere else { return bytes }
            var bytes = bytes
            var pseudo = InternetChecksum()
            pseudo.addPseudoHeader(
                from: ConnectionScript.client, to: ConnectionScript.server, .tcp, length: bytes.count - 20)
            bytes.store(bigEndian: pseudo.folded, at: 36)
            return bytes
        }
        unfilled.handshake()
        #expect(
            try replay(unfilled).result.digest.limits.contains {
                $0.hasPrefix("1 opening has a checksum that nobody has filled in")
            })

        var bytes: [UInt8] = []
        let writer = PcapWriter(linkType: .rawIP, to: &bytes)
        for frame in exact.frames {
            writer.append(
                frame.bytes.span.extracting(0..<min(60, frame.bytes.count)),
                at: CaptureTimestamp(nanosecondsSince1970: frame.at), originalLength: frame.bytes.count, to: &bytes)
        }
        #expect(try CaptureReplay(bytes).result.digest.limits.contains { $0.hasPrefix("1 packet is cut") })
    }
}
