import Conversations
import Diagnosis
import PacketWire
import Probing
import Testing

/// A probe of a silent port whose ladders have just been granted: which attempts are its rungs.
private struct Climbing {
    var probe: TargetProbe
    var rungs: [Int: Int] = [:]
    var controlRungs: [Int: Int] = [:]
    private(set) var now = Instant.zero

    init() {
        let host = IPAddress("203.0.113.10")!
        let target = Target(input: "test", host: "test", address: host, port: 5432, transport: .tcp)
        probe = TargetProbe(facts: Facts(target: target, witnesses: [.socket, .path]), settings: ProbeSettings())
        _ = probe.begin(at: now)
        now = now + probe.settings.suspicion
        let investigation = probe.handle(.time, at: now)
        collect(probe.handle(.ladder(granted: true, sharesControl: false), at: now))
        for case .open(let order) in investigation where order.kind == .tcp(port: 443) {
            collect(answer(order.attempt, .connected))
        }
    }

    private mutating func collect(_ actions: [ProbeAction]) {
        for case .open(let order) in actions {
            switch order.purpose {
            case .rung(let timeToLive): rungs[timeToLive] = order.attempt
            case .controlRung(let timeToLive): controlRungs[timeToLive] = order.attempt
            case .primary, .control, .experiment: break
            }
        }
    }

    /// How many packets of the ladders are asked for until then, 200 at most, while no rung of the target's can be sent and
    /// every one of the control's is answered by a router.
    mutating func rest(until end: Instant) -> Int {
        var opened = 0
        while now < end, opened < 200 {
            now = now + .milliseconds(50)
            var actions = probe.handle(.time, at: now)
            while let action = actions.popLast(), opened < 200 {
                guard case .open(let order) = action, order.purpose.timeToLive != nil else { continue }
                opened += 1
                actions +=
                    order.purpose.isControl
                    ? answer(order.attempt, .pending, notice: timeExceeded)
                    : answer(order.attempt, .failed(SocketError(linux: 98), atOnce: true))
            }
        }
        return opened
    }

    mutating func answer(_ attempt: Int, _ state: SocketOutcome.State, notice: ICMPError? = nil) -> [ProbeAction] {
        var outcome = SocketOutcome(state: state, at: now)
        if let notice {
            outcome.notices = [
                ICMPNotice(error: notice, sender: IPAddress("192.0.2.1")!, timeToLive: 63, at: now)
            ]
        }
        return probe.handle(.outcome(attempt: attempt, outcome), at: now)
    }
}

private let timeExceeded = ICMPError(family: .v4, type: 11, code: 0)

@Test("A rung is closed with its answer, on both ladders, so that the kernel does not ask again")
func answeredRungsAreClosed() throws {
    var climbing = Climbing()
    let rung = try #require(climbing.rungs[1])
    #expect(climbing.answer(rung, .pending, notice: timeExceeded).contains(.close(attempt: rung)))
    let controlRung = try #require(climbing.controlRungs[1])
    #expect(climbing.answer(controlRung, .pending, notice: timeExceeded).contains(.close(attempt: controlRung)))
    let reached = try #require(climbing.controlRungs[4])
    #expect(climbing.answer(reached, .connected).contains(.close(attempt: reached)))
}

@Test("A rung without an answer stays open: its repetitions are the evidence of silence")
func silentRungsStay() throws {
    var climbing = Climbing()
    let rung = try #require(climbing.rungs[2])
    #expect(!climbing.answer(rung, .pending).contains(.close(attempt: rung)))
}

@Test("The attempt that the person asked for stays open whatever a router says meanwhile")
func primaryStays() {
    var climbing = Climbing()
    #expect(!climbing.answer(0, .pending, notice: timeExceeded).contains(.close(attempt: 0)))
}

@Test("What cannot be sent for want of a socket is not asked for again and again")
func unsentRungs() throws {
    var climbing = Climbing()
    let controlRung = try #require(climbing.controlRungs[2])
    _ = climbing.answer(try #require(climbing.rungs[1]), .pending, notice: timeExceeded)
    _ = climbing.answer(controlRung, .pending, notice: timeExceeded)
    for rung in climbing.rungs.filter({ $0.key > 1 }).values {
        _ = climbing.answer(rung, .failed(SocketError(linux: 98), atOnce: true))
    }
    // The control's ladder goes on to thirty hops, as every hop answers it.
    #expect(climbing.rest(until: .zero + .seconds(20)) < 40)
}
