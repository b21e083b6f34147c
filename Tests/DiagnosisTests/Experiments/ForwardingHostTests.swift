import Conversations
import PacketWire
import Testing

@testable import Diagnosis

private let routers = HandmadeFacts.routers
private let host = HandmadeFacts.host

/// The target is a router at hop 3, which hands port 443 on to a host behind it.
private func forwarding(_ reply: HandmadeFacts.Reply?, echo: Bool = true) -> Facts {
    var made = HandmadeFacts()
    let replies = [reply].compactMap(\.self)
    made.add(.primary, sends: replies.isEmpty ? 3 : 1, replies: replies)
    made.add(.control, to: HandmadeFacts.web, at: 20, .synAck(61))
    if echo { made.add(.control, to: .echo, at: 30, .echo(62)) }
    for timeToLive in 1...4 {
        let expired: [HandmadeFacts.Reply] =
            timeToLive < 3 ? [.icmp(11, 0, from: routers[timeToLive - 1])] : []
        made.add(
            .rung(timeToLive: timeToLive), at: 40 + Int64(timeToLive), replies: timeToLive < 3 ? expired : replies)
        made.add(
            .controlRung(timeToLive: timeToLive), to: HandmadeFacts.web, at: 60 + Int64(timeToLive),
            replies: timeToLive == 3
                ? [.icmp(11, 0, from: host, timeToLive: 62)] : timeToLive == 4 ? [.synAck(61)] : expired)
    }
    return made.facts
}

/// The first router translates the destination of one port, which another machine next to it refuses; or it resets itself.
private func handedOn(translates: Bool, hasWire: Bool = true) -> Facts {
    var made = HandmadeFacts(hasWire: hasWire)
    made.add(.primary, .reset(63))
    made.add(.control, to: HandmadeFacts.web, at: 20, .synAck(61))
    for timeToLive in 1...4 {
        let at = Int64(timeToLive)
        made.add(
            .rung(timeToLive: timeToLive), at: 40 + at,
            replies: timeToLive == 1
                ? [.icmp(11, 0, from: translates ? host : routers[0], timeToLive: 64)] : [.reset(63)])
        made.add(
            .controlRung(timeToLive: timeToLive), to: HandmadeFacts.web, at: 60 + at,
            replies: timeToLive == 4 ? [.synAck(61)] : [.icmp(11, 0, from: routers[timeToLive - 1])])
    }
    return made.facts
}

@Test("Behind a translator of the destination, who resets is nobody whom the control's packets meet")
func behindTranslator() {
    let diagnosis = handedOn(translates: true).diagnose()
    #expect(diagnosis.verdict == .blocked && diagnosis.mechanism == .tcpReset && diagnosis.zones == [.path])
    #expect(diagnosis.actor == routers[0] && diagnosis.confidence == .strong)
    #expect(diagnosis.afterHop?.address == routers[0] && diagnosis.beforeHop?.address == nil)
    #expect(diagnosis.summary.contains("hands the port on to another machine"), "\(diagnosis.summary)")
    #expect(!diagnosis.summary.contains(routers[1].description))
    #expect(diagnosis.advice.contains { $0.contains("lead back to this very machine") })
    // Without a capture nobody saw it leave untranslated.
    let unprivileged = handedOn(translates: true, hasWire: false).diagnose()
    #expect(unprivileged.zones == [.path, .localEgress])
    #expect(unprivileged.actor == nil, "\(unprivileged.summary)")
    // Where nobody translates, it is the router there.
    let forged = handedOn(translates: false).diagnose()
    #expect(forged.zones == [.path] && forged.summary.contains("bears the host's address"))
    #expect(!forged.summary.contains("translates"))
}

@Test("A router's own answer is not forged because it hands another port on", arguments: [true, false])
func routerItself(echo: Bool) {
    let closed = forwarding(.reset(62), echo: echo).diagnose()
    #expect(closed.verdict == .closed && closed.confidence == .likely, "\(closed.summary)")
    #expect(closed.zones == (echo ? [.destination] : [.destination, .path]))
    #expect(closed.actor == (echo ? host : nil))
    let rejected = forwarding(.icmp(3, 13, from: host, timeToLive: 62), echo: echo).diagnose()
    #expect(rejected.verdict == .blocked && rejected.zones.contains(.destination), "\(rejected.summary)")
    #expect(rejected.actor == host)
    #expect(forwarding(.synAck(62), echo: echo).diagnose().verdict == .open)
}

@Test("Its own silence may be its own")
func routerSilent() {
    let diagnosis = forwarding(nil).diagnose()
    #expect(diagnosis.mechanism == .silentDrop && diagnosis.zones == [.path, .destination, .returnPath])
    #expect(diagnosis.confidence < .strong, "\(diagnosis.summary)")
}

/// The target is the third hop, and hands its port on to a machine behind it; other ports it answers itself.
private func portHandedOn(_ reply: HandmadeFacts.Reply?, at place: Int = 3) -> Facts {
    var made = HandmadeFacts()
    let replies = [reply].compactMap(\.self)
    made.add(.primary, sends: replies.isEmpty ? 3 : 1, replies: replies)
    made.add(.control, to: HandmadeFacts.web, at: 20, .reset(62))
    made.add(.control, to: .echo, at: 30, .echo(62))
    for timeToLive in 1...4 {
        let router: [HandmadeFacts.Reply] =
            timeToLive < 3 ? [.icmp(11, 0, from: routers[timeToLive - 1])] : []
        made.add(
            .rung(timeToLive: timeToLive), at: 40 + Int64(timeToLive),
            replies: timeToLive == place
                ? [.icmp(11, 0, from: host, timeToLive: 62)] : timeToLive == 4 ? replies : router)
        if timeToLive < 4 {
            made.add(
                .controlRung(timeToLive: timeToLive), to: HandmadeFacts.web, at: 60 + Int64(timeToLive),
                replies: timeToLive == 3 ? [.reset(62)] : router)
        }
    }
    return made.facts
}

@Test(
    "Who hands the port on is told, and where to look: refused and silent",
    arguments: [.reset(61), nil] as [HandmadeFacts.Reply?])
private func portGoesOn(_ reply: HandmadeFacts.Reply?) {
    let diagnosis = portHandedOn(reply).diagnose()
    #expect(diagnosis.verdict == (reply == nil ? .blocked : .closed), "\(diagnosis.summary)")
    #expect(diagnosis.zones.contains(.destination) && diagnosis.confidence == .likely)
    #expect(diagnosis.summary.hasSuffix("\(host), or a router before it, hands the port on to another machine."))
    #expect(diagnosis.advice.first?.contains("a port forward") == true, "\(diagnosis.advice)")
    // Before the target it is a router that is led elsewhere, and with none that bears its name nobody.
    #expect(PathView(attempts: portHandedOn(reply, at: 2).attempts).portHandedOnAt == nil)
    #expect(PathView(attempts: portHandedOn(reply, at: 9).attempts).portHandedOnAt == nil)
}

@Test("A reset from before the address is forged all the same")
func forgedBefore() {
    let diagnosis = forwarding(.reset(63)).diagnose()
    #expect(diagnosis.mechanism == .tcpReset && diagnosis.zones == [.path], "\(diagnosis.summary)")
}

@Test("Host unreachable from the host itself is no packet filter's", arguments: [Int64(3_050), 4])
func nobodyBehind(after: Int64) {
    var made = HandmadeFacts()
    made.add(.primary, sends: after > 1_000 ? 3 : 1, .icmp(3, 1, from: host, timeToLive: 61, after: after))
    made.add(.control, to: HandmadeFacts.web, at: 20, .synAck())
    let diagnosis = made.facts.diagnose()
    #expect(diagnosis.verdict == (after > 1_000 ? .unreachable : .blocked), "\(diagnosis.summary)")
    #expect(diagnosis.mechanism == (after > 1_000 ? .noNeighbor : .icmpReject))
    #expect(diagnosis.zones.first == .destination && diagnosis.actor == host)
    #expect(diagnosis.confidence == (after > 1_000 ? .strong : .likely))
    #expect(!diagnosis.summary.contains("packet filter"))
}

@Test(
    "An error in the host's name that comes late from where its address is translated is of a failed address resolution",
    arguments: [true, false])
func nobodyBehindTranslator(translates: Bool) {
    let refused = HandmadeFacts.Reply.icmp(3, 1, from: host, timeToLive: 62, after: 3_060)
    var made = HandmadeFacts()
    made.add(.primary, sends: 4, refused)
    made.add(.control, to: HandmadeFacts.web, at: 20, .synAck(61))
    for timeToLive in 1...3 {
        let named = translates && timeToLive == 3
        made.add(
            .rung(timeToLive: timeToLive), at: 40, .icmp(11, 0, from: named ? host : routers[timeToLive - 1]))
    }
    let diagnosis = made.facts.diagnose()
    #expect(diagnosis.mechanism == (translates ? .noNeighbor : .icmpReject), "\(diagnosis.summary)")
    #expect(diagnosis.zones == (translates ? [.destination, .path] : [.path]))
    #expect(diagnosis.verdict == (translates ? .unreachable : .blocked))
    #expect(diagnosis.confidence == (translates ? .likely : .strong))
}

@Test(
    "Host unreachable although another port gets through is a filter's at once, and a dead next hop's after three seconds",
    arguments: [Int64(4), 1_050, 3_060])
func portWithWayOfItsOwn(after: Int64) {
    var made = HandmadeFacts()
    made.add(.primary, sends: 1 + Int(after / 1_000), .icmp(3, 1, from: routers[0], timeToLive: 64, after: after))
    made.add(.control, to: HandmadeFacts.web, at: 20, .synAck(61))
    made.add(.rung(timeToLive: 1), at: 40, .icmp(11, 0, from: routers[0]))
    func diagnosis() -> TargetDiagnosis { made.facts.diagnose() }
    let isNeighbor = after > 3_000
    #expect(diagnosis().mechanism == (isNeighbor ? .noNeighbor : .icmpReject), "\(diagnosis().summary)")
    #expect(diagnosis().confidence == (after < 100 ? .strong : .likely) && diagnosis().actor == routers[0])
    #expect(diagnosis().zones == (isNeighbor ? [.path, .destination] : [.path]))
    // The control passes a router that the target's packets do not reach: the dead end is before it.
    made.add(.rung(timeToLive: 2), at: 40)
    made.add(.controlRung(timeToLive: 2), to: HandmadeFacts.web, at: 41, .icmp(11, 0, from: routers[1]))
    #expect(diagnosis().zones == [.path])
}

@Test(
    "A control whose port is itself handed on does not make its translator the host, whichever control was asked first",
    arguments: [true, false])
func translatedControl(isFirst: Bool) {
    var made = HandmadeFacts()
    made.add(.primary, .synAck(64))
    made.add(.control, to: HandmadeFacts.web, at: 20, .synAck(61))
    made.add(.control, to: .echo, at: 30, .echo(61))
    let other = Attempt.Kind.tcp(port: 8_080)
    func ladder(_ kind: Attempt.Kind, _ start: Int64, translated: Bool) {
        for timeToLive in 1...4 {
            let expired: HandmadeFacts.Reply? =
                translated
                ? timeToLive == 1 ? .icmp(11, 0, from: host, timeToLive: 64) : nil
                : timeToLive < 4 ? .icmp(11, 0, from: routers[timeToLive - 1]) : nil
            made.add(
                .controlRung(timeToLive: timeToLive), to: kind, at: start + Int64(timeToLive),
                replies: [expired ?? (translated ? .reset(63) : .synAck(61))])
        }
    }
    for timeToLive in 1...2 { made.add(.rung(timeToLive: timeToLive), at: 40 + Int64(timeToLive), .synAck(64)) }
    if isFirst { ladder(other, 60, translated: true) }
    ladder(HandmadeFacts.web, 80, translated: false)
    if !isFirst { ladder(other, 100, translated: true) }
    let diagnosis = made.facts.diagnose()
    #expect(diagnosis.mechanism == .answeredByMiddlebox && diagnosis.zones == [.path], "\(diagnosis.summary)")
    #expect(diagnosis.path.first?.control == .timeExceeded(routers[0]))
}
