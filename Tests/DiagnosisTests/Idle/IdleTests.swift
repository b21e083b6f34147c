import Conversations
import PacketWire
import Testing

@testable import Diagnosis

/// Verdicts on connections that were quiet.
struct IdleTests {
    typealias Hold = IdleFacts.Hold

    private static func hold(_ seconds: Int64, _ outcome: Hold.Outcome, left: Bool? = true) -> Hold {
        var hold = Hold(quiet: .seconds(seconds))
        (hold.outcome, hold.wasSeenLeaving) = (outcome, left)
        return hold
    }

    private func diagnose(
        _ holds: [Hold], newOneWorks: Bool? = true, hasWire: Bool = true, transport: Transport = .tcp
    ) -> TargetDiagnosis {
        let host = IPAddress("203.0.113.1") ?? .v4(.any)
        var facts = Facts(
            target: Target(input: "x", host: "x", address: host, port: 443, transport: transport),
            witnesses: hasWire ? [.socket, .wire] : [.socket])
        var attempt = Attempt(
            purpose: .primary, kind: transport == .tcp ? .tcp(port: 443) : .udp(port: 443), remote: host,
            startedAt: .zero)
        attempt.socket = SocketOutcome(state: .connected, at: .zero + .milliseconds(10))
        attempt.socket?.aftermath = .held
        attempt.socket?.isEndAcknowledged = true
        facts.attempts = [attempt]
        facts.route = RouteFact(kind: .unicast, source: IPAddress("198.51.100.2"), interface: "eth0")
        facts.idle = IdleFacts(holds: holds)
        facts.idle?.newOneWorks = newOneWorks
        return facts.diagnose()
    }

    @Test("The bracket: held so long, lost so long")
    func bracket() {
        let diagnosis = diagnose([Self.hold(2, .alive), Self.hold(4, .lost), Self.hold(8, .lost)])
        #expect(diagnosis.verdict == .interfered && diagnosis.stage == .idle && diagnosis.mechanism == .idleTimeout)
        #expect(diagnosis.zones == [.path, .returnPath, .destination] && diagnosis.confidence == .strong)
        #expect(
            diagnosis.summary.hasPrefix("A connection that is quiet for 2 s is still there, one that is quiet for 4 s"))
        #expect(diagnosis.advice.first?.contains("every 2 s") == true)
        #expect(diagnosis.evidence.contains { $0.fact == "quiet for 8 s: lost: no answer to three packets" })
    }

    @Test("What comes back after the silence and is no answer was neither lost nor stopped here")
    func foreign() {
        var hold = Self.hold(4, .lost)
        (hold.foreign, hold.wasSeenAnswered) = (.anotherTransaction, true)
        let diagnosis = diagnose([Self.hold(2, .alive), hold], transport: .udp)
        #expect(diagnosis.verdict == .interfered && diagnosis.mechanism == .protocolMismatch)
        #expect(diagnosis.zones == [.destination, .path] && diagnosis.stage == .idle)
        #expect(diagnosis.evidence.contains { $0.detail.hasSuffix("it belongs to another question") })
    }

    @Test("Where it is lost, as far as the tap tells")
    func places() {
        #expect(diagnose([Self.hold(4, .lost, left: false)]).zones == [.localEgress])
        var answered = Self.hold(4, .lost)
        answered.wasSeenAnswered = true
        #expect(diagnose([answered]).zones == [.localIngress])
        #expect(
            Set(diagnose([Self.hold(4, .lost, left: nil)], hasWire: false).zones)
                == [.path, .returnPath, .destination, .localEgress, .localIngress])
    }

    @Test("Who says that it stops what breaks the silence need not be guessed")
    func stops() {
        let prohibited = ICMPError(family: .v4, type: 3, code: 13)
        func stopped(_ sender: String?, _ failure: SocketError? = nil, hasWire: Bool = true) -> TargetDiagnosis {
            var hold = Self.hold(4, .lost)
            hold.rejection = sender.flatMap { IPAddress($0) }.map {
                IdleFacts.Rejection(prohibited, by: $0, frame: hasWire ? 9 : 0)
            }
            hold.failure = failure
            return diagnose([Self.hold(1, .alive), hold], hasWire: hasWire)
        }
        for hasWire in [true, false] {
            let router = stopped("192.0.2.2", hasWire: hasWire)
            #expect(router.zones == [.path] && router.actor == IPAddress("192.0.2.2") && router.confidence == .strong)
            #expect(router.mechanism == .idleTimeout && router.summary.contains("192.0.2.2 rejects"))
        }
        #expect(stopped("203.0.113.1").zones == [.destination, .path])
        #expect(stopped("198.51.100.2").zones == [.localEgress])
        #expect(stopped(nil, SocketError(linux: 1), hasWire: false).zones == [.localEgress])
        let nobody = stopped(nil, SocketError(linux: 113), hasWire: false)
        #expect(nobody.zones == [.path, .destination, .localEgress] && nobody.actor == nil)
        #expect(nobody.lookAlikes.count == 1)
    }

    @Test(
        "Whose reset it is",
        arguments: [(true, [Zone.path, .destination]), (false, [.path]), (nil, [.path, .destination])])
    func resets(_ same: Bool?, _ zones: [Zone]) {
        let diagnosis = diagnose([Self.hold(1, .alive), Self.hold(4, .reset(sameDistance: same))])
        #expect(diagnosis.zones == zones && diagnosis.mechanism == .idleTimeout && diagnosis.confidence == .strong)
        #expect(diagnosis.lookAlikes.isEmpty == (same == false))
    }

    @Test(
        "A reset from one router before the SYN-ACK's place may be of a host that hands the port on",
        arguments: [(2, [Zone.path, .destination]), (1, [.path])])
    func resetsOfHolders(_ passed: Int, _ zones: [Zone]) {
        var broken = Self.hold(4, .reset(sameDistance: false))
        (broken.answerPassed, broken.resetPassed) = (3, passed)
        let diagnosis = diagnose([Self.hold(1, .alive), broken])
        #expect(diagnosis.zones == zones && diagnosis.confidence == (zones == [.path] ? .strong : .likely))
        #expect(diagnosis.advice.contains { $0.contains("published port") } == (passed == 2))
    }

    @Test("Of what could not be opened nothing is known, and that is said")
    func notOpened() {
        let partly = diagnose([Self.hold(1, .alive), Self.hold(5, .notOpened)])
        #expect(partly.verdict == .open && partly.summary.contains("After 1 s of silence it is still there."))
        #expect(partly.summary.contains("quiet for 5 s was not answered in the first place"))
        let none = diagnose([Self.hold(1, .notOpened)])
        #expect(none.verdict == .open && !none.summary.contains("still there") && none.summary.contains("1 s was not"))
        #expect(!diagnose([Self.hold(1, .alive), Self.hold(5, .unknown)]).summary.contains("in the first place"))
    }

    @Test("A server that closes what is quiet")
    func closed() {
        let diagnosis = diagnose([Self.hold(1, .alive), Self.hold(9, .closed(after: .seconds(5), isReset: false))])
        #expect(diagnosis.mechanism == .closedByPeer && diagnosis.stage == .idle && diagnosis.confidence == .likely)
        #expect(diagnosis.summary.contains("after 5 s") && diagnosis.zones == [.destination, .path])
    }

    @Test("What is not sure is not said to be")
    func doubts() {
        // No shorter time held, a new one is not answered, a longer one held.
        #expect(diagnose([Self.hold(4, .lost)]).confidence == .likely)
        let gone = diagnose([Self.hold(2, .alive), Self.hold(4, .lost)], newOneWorks: false)
        #expect(gone.confidence == .likely && gone.lookAlikes.contains { $0.cause.contains("went away") })
        #expect(
            diagnose([Self.hold(1, .alive), Self.hold(4, .lost), Self.hold(8, .alive)]).confidence == .likely)
    }

    @Test("What is still there is open, and says for how long", arguments: [Transport.tcp, .udp])
    func open(_ transport: Transport) {
        let diagnosis = diagnose([Self.hold(1, .alive), Self.hold(60, .alive)], newOneWorks: nil, transport: transport)
        #expect(diagnosis.verdict == .open && diagnosis.summary.hasSuffix("After 60 s of silence it is still there."))
        #expect(diagnose([Self.hold(1, .unknown), Self.hold(2, .notOpened)], newOneWorks: nil).verdict == .open)
    }
}
