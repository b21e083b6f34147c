import CaptureFile
import Conversations
import Diagnosis
import PacketWire
import StallpointTestKit
import Testing

@testable import CaptureReplay

/// A router that records on all of its interfaces shows what it does not pass on.
struct StoppedAtTapTests {
    private static let target: UInt16 = 5_432

    private static func cooked(_ packet: [UInt8], _ type: CookedPacketType, hardwareType: UInt16 = 1) -> [UInt8] {
        var frame: [UInt8] = []
        LinuxCookedHeader(
            packetType: type, hardwareType: hardwareType, source: MACAddress(rawValue: 0x0200_0000_0001),
            etherType: .ipv4
        ).encode(into: &frame)
        return frame + packet
    }

    private static func file(_ frames: [(at: Int64, bytes: [UInt8])]) -> [UInt8] {
        var bytes: [UInt8] = []
        let writer = PcapWriter(linkType: .linuxSLL, to: &bytes)
        for frame in frames.enumerated().sorted(by: { ($0.element.at, $0.offset) < ($1.element.at, $1.offset) }) {
            writer.append(
                frame.element.bytes.span,
                at: CaptureTimestamp(nanosecondsSince1970: 1_700_000_000_000_000_000 + frame.element.at), to: &bytes)
        }
        return bytes
    }

    /// What a router does with a packet.
    private enum Deed { case passes, drops, makes }

    /// - Parameter deed: by the port of the server and whether the client sent it.
    private static func recorded(
        _ scripts: [ConnectionScript], _ deed: (_ port: UInt16, _ isThere: Bool) -> Deed
    ) -> [(at: Int64, bytes: [UInt8])] {
        scripts.flatMap { script in
            let frames = script.forwarded(after: 30_000).frames
            return frames.indices.flatMap { index -> [(at: Int64, bytes: [UInt8])] in
                let isCopy = index % 2 == 1
                let packet = frames[index].bytes
                let isThere = Array(packet[12..<16]) == [10, 0, 0, 1]
                let frame = { (type: CookedPacketType) in [(frames[index].at, cooked(packet, type))] }
                switch deed(script.serverPort, isThere) {
                case .passes: return frame(isCopy ? .fromUs : .toUs)
                case .drops: return isCopy ? [] : frame(.toUs)
                case .makes: return isCopy ? [] : frame(.fromUs)
                }
            }
        }
    }

    private static func script(
        _ clientPort: UInt16, _ port: UInt16, timeToLive: UInt8 = 64, _ steps: (inout ConnectionScript) -> Void
    ) -> ConnectionScript {
        var script = ConnectionScript(clientPort, to: ConnectionScript.server, port, number: UInt32(clientPort))
        script.there.timeToLive = 63
        script.back.timeToLive = timeToLive
        script.wait(Int64(clientPort - 40_000))
        steps(&script)
        return script
    }

    private static var control: ConnectionScript { script(40_001, 443) { $0.handshake() } }
    private static var asked: ConnectionScript {
        script(40_000, target) { script in
            for _ in 0..<3 {
                script.syn()
                script.wait(1_000)
            }
        }
    }
    private static var answered: ConnectionScript {
        script(40_000, target) { script in
            for _ in 0..<3 {
                script.syn()
                script.synAck()
                script.wait(1_000)
            }
        }
    }

    private func told(_ frames: [(at: Int64, bytes: [UInt8])], _ port: UInt16 = target) throws -> TargetDiagnosis {
        try #require(CaptureReplay(Self.file(frames)).diagnoses.first { $0.target.port == port })
    }

    @Test("A SYN that comes in and does not go out is dropped there; one that goes out is lost behind it")
    func droppedRequest() throws {
        let scripts = [Self.asked, Self.control]
        let dropped = try told(Self.recorded(scripts) { port, _ in port == Self.target ? .drops : .passes })
        #expect(dropped.verdict == .blocked && dropped.mechanism == .silentDrop && dropped.zones == [.path])
        #expect(dropped.confidence == .strong && dropped.summary.contains("passes it on to nobody"))
        let passed = try told(Self.recorded(scripts) { _, _ in .passes })
        #expect(passed.confidence == .likely && Set(passed.zones) == [.path, .destination, .returnPath])
        // Nothing shows that this machine forwards what this host is asked.
        let alone = try told(Self.recorded([Self.asked]) { _, _ in .drops })
        #expect(alone.zones.contains(.destination), "\(alone.summary)")
        let host = try told(Self.recorded(scripts) { _, isThere in isThere ? .drops : .makes })
        #expect(host.zones.contains(.destination), "\(host.summary)")
    }

    @Test("A datagram whose answer came in under another address says nothing of how far away the host is")
    func translatedControl() throws {
        let datagrams = Self.script(40_002, 9_000, timeToLive: 63) { script in
            script.datagram([1, 2, 3], fromClient: true)
            script.datagram([4, 5, 6], fromClient: false)
        }
        let frames = Self.recorded([Self.control, datagrams]) { port, isThere in
            port == 9_000 && !isThere ? .makes : .passes
        }
        let healthy = try told(frames, 443)
        #expect(healthy.verdict == .open && healthy.confidence == .proved, "\(healthy.summary)")
    }

    @Test("A SYN that goes out under another address is translated and not dropped", arguments: [true, false])
    func translated(ofDestination: Bool) throws {
        let other = ofDestination ? [192, 0, 2, 82] : [192, 0, 2, 18] as [UInt8]
        let inside = Self.recorded([Self.asked, Self.control]) { port, _ in port == Self.target ? .drops : .passes }
        let outside = Self.recorded([Self.asked]) { _, _ in .makes }.map { frame in
            var bytes = frame.bytes
            bytes.replaceSubrange(ofDestination ? 32..<36 : 28..<32, with: other)
            return (at: frame.at + 40_000, bytes: bytes)
        }
        let diagnosis = try told(inside + outside)
        #expect(!diagnosis.summary.contains("to nobody"), "\(diagnosis.summary)")
    }

    @Test("An answer that comes in and does not go out")
    func droppedAnswer() throws {
        let scripts = [Self.answered, Self.control]
        let dropped = try told(
            Self.recorded(scripts) { port, isThere in port == Self.target && !isThere ? .drops : .passes })
        #expect(dropped.verdict == .blocked && dropped.mechanism == .silentDrop && dropped.zones == [.returnPath])
        #expect(dropped.confidence == .strong, "\(dropped.summary)")
        let passed = try told(Self.recorded(scripts) { _, _ in .passes })
        #expect(passed.confidence == .likely && passed.zones == [.returnPath, .localIngress], "\(passed.summary)")
    }

    @Test("What goes out in the host's name and did not come in is made there")
    func made() throws {
        func deed(_ port: UInt16, _ isThere: Bool) -> Deed {
            port == Self.target ? isThere ? .drops : .makes : .passes
        }
        let closed = Self.script(40_000, Self.target) { script in
            script.syn()
            script.refuse()
        }
        let reset = try told(Self.recorded([closed, Self.control], deed))
        #expect(reset.verdict == .blocked && reset.mechanism == .tcpReset && reset.zones == [.path])
        #expect(reset.confidence == .strong, "\(reset.summary)")
        #expect(try told(Self.recorded([closed, Self.control]) { _, _ in .passes }).verdict == .closed)

        let open = Self.script(40_000, Self.target) { $0.handshake() }
        let taken = try told(Self.recorded([open, Self.control], deed))
        #expect(taken.verdict == .interfered && taken.mechanism == .answeredByMiddlebox && taken.zones == [.path])
        #expect(try told(Self.recorded([open, Self.control]) { _, _ in .passes }).verdict == .open)
    }

    @Test("A port that is forwarded to another host makes no box of the host itself")
    func forwardedPort() throws {
        // The answer comes in under the other host's address, and goes out under this one's with one router more behind it.
        let forwarded = Self.script(40_000, Self.target, timeToLive: 63) { $0.handshake() }
        let frames = Self.recorded([forwarded, Self.control]) { port, isThere in
            port == Self.target ? isThere ? .drops : .makes : .passes
        }
        let inside = Self.recorded([forwarded]) { _, isThere in isThere ? .makes : .drops }.map { frame in
            var bytes = frame.bytes
            bytes.replaceSubrange(bytes[28] == 10 ? 32..<36 : 28..<32, with: [192, 0, 2, 82])
            return (at: frame.at + 20_000, bytes: bytes)
        }
        #expect(try told(frames + inside, 443).verdict == .open)
        #expect(try told(frames + inside).verdict == .open)
    }

    @Test("What passed two taps whose files are read as one is compared where both passed")
    func twoTaps() throws {
        // The answers of one port passed the nearer tap and the farther one, those of the other only the farther one.
        let open = Self.script(40_001, 443) { $0.handshake() }.forwarded(after: 30_000)
        let taken = Self.script(40_000, Self.target, timeToLive: 63) { $0.handshake() }
        let diagnoses = try CaptureReplay(ConnectionScript.captureFile([open, taken])).diagnoses
        #expect(diagnoses.allSatisfy { $0.verdict == .open }, "\(diagnoses.map(\.summary))")
    }

    @Test("A cooked header names the loopback, where what is another's address has not left")
    func loopback() throws {
        let looped = Self.asked.frames.map { (at: $0.at, bytes: Self.cooked($0.bytes, .toUs, hardwareType: 772)) }
        let far = Self.script(40_001, 443, timeToLive: 61) { $0.handshake() }
        let control = far.frames.map { (at: $0.at, bytes: Self.cooked($0.bytes, .fromUs)) }
        let diagnosis = try told(looped + control)
        #expect(diagnosis.verdict == .blocked && diagnosis.zones == [.localEgress], "\(diagnosis.summary)")
    }
}
