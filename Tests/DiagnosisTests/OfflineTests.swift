import CaptureReplay
import Conversations
import Diagnosis
import PacketWire
import StallpointTestKit
import Testing

/// Verdicts from packets alone.
struct OfflineTests {
    private let router = IPAddress("192.0.2.2")!

    private func diagnose(_ write: (inout PacketScript) -> Void) -> [TargetDiagnosis] {
        var script = PacketScript()
        write(&script)
        return script.table.facts(observedUntil: script.end).map { $0.diagnose() }
    }

    @Test("An established connection is open")
    func open() {
        let diagnoses = diagnose {
            $0.send(.syn)
            $0.answer([.syn, .ack])
            $0.send(.ack, sequence: 1_001, acknowledges: 5_001)
        }
        #expect(diagnoses.map(\.verdict) == [.open])
        #expect(diagnoses[0].zones.isEmpty && diagnoses[0].stage == nil)
    }

    @Test("A reset beside an open port of the same distance is the host's")
    func closed() {
        let diagnoses = diagnose {
            $0.send(.syn, from: 40_000, to: 443)
            $0.answer([.syn, .ack])
            $0.send(.ack, sequence: 1_001, acknowledges: 5_001)
            $0.send(.syn, from: 40_001, to: 81)
            $0.answer([.rst, .ack], from: 81, to: 40_001)
        }
        #expect(diagnoses.map(\.verdict) == [.open, .closed])
        #expect(diagnoses[1].zones == [.destination])
    }

    @Test("A reset from nearer than the open port is forged")
    func forged() {
        let diagnoses = diagnose {
            $0.send(.syn, from: 40_000, to: 443)
            $0.answer([.syn, .ack])
            $0.send(.ack, sequence: 1_001, acknowledges: 5_001)
            $0.send(.syn, from: 40_001, to: 81)
            $0.answer([.rst, .ack], from: 81, to: 40_001, timeToLive: 63)
        }
        #expect(diagnoses[1].verdict == .blocked && diagnoses[1].mechanism == .tcpReset)
        #expect(diagnoses[1].zones == [.path])
    }

    @Test("A reset in a file of one direction is no proof that this machine made it")
    func oneSided() {
        let diagnoses = diagnose { $0.answer([.rst, .ack]) }
        #expect(diagnoses.count == 1)
        #expect(diagnoses.allSatisfy { $0.confidence < .strong })
        #expect(diagnoses.allSatisfy { $0.zones.contains(.destination) })
    }

    @Test("Another initial TTL over the same distance is no forgery")
    func otherInitialTimeToLive() {
        let diagnoses = diagnose {
            $0.send(.syn, from: 40_000, to: 443)
            $0.answer([.syn, .ack], timeToLive: 61)
            $0.send(.ack, sequence: 1_001, acknowledges: 5_001)
            $0.send(.syn, from: 40_001, to: 81)
            $0.answer([.rst, .ack], from: 81, to: 40_001, timeToLive: 252)
        }
        #expect(diagnoses[1].verdict == .closed && diagnoses[1].zones == [.destination])
    }

    @Test("A Windows client that tries a closed port four times is refused once")
    func windows() {
        let diagnoses = diagnose { script in
            for _ in 0..<4 {
                script.send(.syn)
                script.answer([.rst, .ack])
                script.wait(.milliseconds(500))
            }
        }
        #expect(diagnoses.map(\.verdict) == [.closed])
        #expect(diagnoses[0].mechanism == .noListener)
    }

    @Test("A router's refusal names the router")
    func rejected() {
        let diagnoses = diagnose {
            $0.send(.syn)
            $0.refuse(type: 3, code: 13, by: router)
        }
        #expect(diagnoses.map(\.mechanism) == [.icmpReject])
        #expect(diagnoses[0].actor == router && diagnoses[0].zones == [.path])
    }

    @Test("Silence alone stays weak and lists every place")
    func silence() {
        let diagnoses = diagnose {
            $0.send(.syn)
            $0.wait(.seconds(1))
            $0.send(.syn)
        }
        #expect(diagnoses[0].verdict == .blocked && diagnoses[0].confidence == .weak)
        #expect(Set(diagnoses[0].zones) == [.path, .destination, .returnPath])
        #expect(!diagnoses[0].lookAlikes.isEmpty)
    }

    @Test("Silence beside something of the host that answers: the host is there", arguments: [false, true])
    func silenceBeside(_ isDatagram: Bool) {
        let diagnosis = diagnose { script in
            if isDatagram {
                script.sendDatagram()
                script.answerDatagram()
            } else {
                script.send(.syn, from: 39_999, to: 22)
                script.answer([.syn, .ack], from: 22, to: 39_999)
                script.send(.ack, from: 39_999, to: 22, sequence: 1_001, acknowledges: 5_001)
            }
            script.send(.syn)
            script.wait(.seconds(1))
            script.send(.syn)
        }[1]
        #expect(diagnosis.verdict == .blocked && diagnosis.confidence == .likely)
        #expect(Set(diagnosis.zones) == [.path, .destination, .returnPath])
        #expect(diagnosis.summary.contains("\(isDatagram ? "udp/53" : "tcp/22") of the same host gets through"))
        #expect(!diagnosis.advice.contains { $0.contains("whether the host is up") })
    }

    @Test(
        "A SYN-ACK that the client goes on ignoring is lost behind the tap",
        arguments: [(64, [.localIngress, .returnPath]), (57, [.returnPath, .localIngress])] as [(UInt8, [Zone])])
    func ignoredAnswer(_ timeToLive: UInt8, _ zones: [Zone]) {
        let diagnoses = diagnose { script in
            for _ in 0..<3 {
                script.send(.syn, timeToLive: timeToLive)
                script.answer([.syn, .ack])
                script.wait(.seconds(1))
            }
        }
        #expect(diagnoses[0].mechanism == .silentDrop)
        #expect(diagnoses[0].zones == zones)
        #expect(diagnoses[0].confidence == .likely)
    }

    /// What follows the SYN and its answer, after so long.
    private enum Sequel: CaseIterable {
        case answer, answerAtOnce, acknowledgement, reset, data

        func add(to script: inout PacketScript) {
            if self != .answerAtOnce { script.wait(.seconds(1)) }
            if self != .answerAtOnce, self != .answer { script.answer([.syn, .ack]) }
            switch self {
            case .answer, .answerAtOnce: script.answer([.syn, .ack])
            case .acknowledgement: script.send(.ack, sequence: 1_001, acknowledges: 5_001)
            case .reset: script.send(.rst, sequence: 1_001)
            case .data: script.answer([.ack, .psh], sequence: 5_001, payload: [1, 2, 3])
            }
        }
    }

    @Test("A handshake that nobody completes is no open port, however often it is answered", arguments: Sequel.allCases)
    private func neverCompleted(_ sequel: Sequel) {
        for (timeToLive, isNear) in [(64, true), (57, false)] as [(UInt8, Bool)] {
            let diagnosis = diagnose { script in
                script.send(.syn, timeToLive: timeToLive)
                script.answer([.syn, .ack])
                sequel.add(to: &script)
            }[0]
            guard sequel == .answer || sequel == .reset else {
                #expect(diagnosis.verdict == .open)
                continue
            }
            #expect(diagnosis.mechanism == (sequel == .reset ? .tcpReset : .noReply))
            #expect(diagnosis.verdict == .undetermined && diagnosis.confidence == .weak)
            #expect(diagnosis.zones.contains(.localIngress) && diagnosis.zones.contains(.path) != isNear)
        }
    }

    @Test("A packet sent to die on the way is no attempt, and no routing loop")
    func traceroute() {
        let diagnoses = diagnose { script in
            for hop in UInt8(1)...5 {
                script.send(.syn, from: 40_000 + UInt16(hop), timeToLive: hop)
                script.refuse(type: 11, code: 0, by: router)
            }
        }
        #expect(diagnoses.isEmpty)
    }

    @Test("A ladder in the capture places the drop between its hops")
    func ladder() throws {
        let hops = ["198.51.100.1", "192.0.2.2", "192.0.2.18"].map { IPAddress($0)! }
        let diagnoses = diagnose { script in
            for _ in 0..<3 {
                script.send(.syn, from: 40_000, to: 5_432)
                script.wait(.seconds(1))
            }
            script.send(.syn, from: 40_100, to: 443)
            script.answer([.syn, .ack], to: 40_100)
            script.send(.ack, from: 40_100, sequence: 1_001, acknowledges: 5_001)
            for hop in UInt8(1)...4 {
                script.send(.syn, from: 41_000 + UInt16(hop), to: 5_432, timeToLive: hop)
                if hop == 1 { script.refuse(type: 11, code: 0, by: hops[0]) }
                script.send(.syn, from: 42_000 + UInt16(hop), to: 443, timeToLive: hop)
                if hop <= 3 { script.refuse(type: 11, code: 0, by: hops[Int(hop) - 1]) }
            }
        }
        let stalled = try #require(diagnoses.first { $0.target.port == 5_432 })
        #expect(diagnoses.count == 2)
        // Each hop was asked from another port, and few fail.
        #expect(stalled.zones == [.path] && stalled.confidence == .likely)
        #expect(stalled.afterHop == Hop(ttl: 1, address: hops[0]))
        #expect(stalled.beforeHop == Hop(ttl: 2, address: hops[1]))
    }

    @Test("A target that the capture names and holds no packet of is not passed over")
    func namedWithoutPackets() throws {
        var script = PacketScript()
        script.send(.syn)
        script.answer([.syn, .ack])
        script.send(.ack, sequence: 1_001, acknowledges: 5_001)
        func target(_ port: UInt16) -> Target {
            Target(input: "x", host: "db.lab", address: script.server, port: port, transport: .tcp)
        }
        let facts = script.table.facts(named: [target(9_200), target(443)], observedUntil: script.end)
        let diagnoses = facts.map { $0.diagnose() }
        #expect(Set(diagnoses.map(\.target)) == [target(443), target(9_200)])
        let missing = try #require(diagnoses.first { $0.target.port == 9_200 })
        #expect(missing.verdict == .undetermined && missing.zones == [.localEgress])
    }

    @Test("UDP answered, refused and silent")
    func datagrams() {
        let diagnoses = diagnose {
            $0.sendDatagram(from: 40_000, to: 53)
            $0.answerDatagram()
            $0.sendDatagram(from: 40_001, to: 69)
            $0.refuse(type: 3, code: 3, by: $0.server, timeToLive: 61)
            $0.sendDatagram(from: 40_002, to: 123)
        }
        #expect(diagnoses.map(\.verdict) == [.open, .closed, .undetermined])
        #expect(diagnoses[2].mechanism == .noReply && diagnoses[2].confidence == .weak)
    }

    @Test("Fragments that never came are no refusal", arguments: [true, false])
    func fragments(byHost: Bool) {
        let diagnoses = diagnose {
            $0.sendDatagram(from: 40_000, to: 514)
            $0.refuse(type: 11, code: 1, by: byHost ? $0.server : router)
        }
        #expect(diagnoses.map(\.mechanism) == [.silentDrop] && diagnoses[0].confidence == .likely)
        #expect(diagnoses[0].zones.contains(.path) && !diagnoses[0].zones.contains(.destination))
        #expect(diagnoses[0].summary.contains("fragments") && diagnoses[0].actor == nil)
    }

    @Test("A closed port may be told by another address of the host's")
    func closedElsewhere() {
        let diagnoses = diagnose {
            $0.sendDatagram(from: 40_000, to: 33_434)
            $0.refuse(type: 3, code: 3, by: router)
        }
        #expect(diagnoses.map(\.mechanism) == [.icmpReject] && diagnoses[0].confidence == .likely)
        #expect(diagnoses[0].zones == [.path, .destination])
        #expect(diagnoses[0].lookAlikes.contains { $0.cause == "nothing listens on the port" })
    }

    @Test("A TTL that ran out for a packet that is not in the file proves no loop")
    func unseenStart() {
        let diagnoses = diagnose {
            $0.sendDatagram(from: 40_000, to: 33_434)
            $0.refuse(type: 11, code: 0, by: router)
        }
        let unseen = diagnose {
            $0.sendDatagram(from: 40_000, to: 33_434)
            $0.refuse(type: 11, code: 0, by: router)
            $0.missFirst()
        }
        #expect(diagnoses.map(\.verdict) == [.unreachable] && diagnoses[0].mechanism == .routingLoop)
        #expect(unseen.map(\.verdict) == [.undetermined] && unseen[0].confidence == .weak)
    }
}
