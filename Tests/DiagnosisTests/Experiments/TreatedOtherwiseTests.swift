import PacketWire
import Testing

@testable import Diagnosis

private let routers = HandmadeFacts.routers

/// The port's packets get as far as the first router, and the control's to the host: from another port of it, or as echoes.
private func stopped(control kind: Attempt.Kind = HandmadeFacts.web, controlPasses: Bool = true) -> Facts {
    var made = HandmadeFacts()
    made.add(.primary, from: 40_000, sends: 4)
    let answer: HandmadeFacts.Reply = kind == .echo ? .echo() : .synAck()
    made.add(.control, to: kind, at: 20, answer)
    for hop in 1...4 {
        let exceeded: HandmadeFacts.Reply? = hop < 4 ? .icmp(11, 0, from: routers[hop - 1]) : nil
        let at = 500 + 20 * Int64(hop)
        made.add(.rung(timeToLive: hop), at: at, from: 40_000, replies: hop == 1 ? [exceeded!] : [])
        let control = exceeded ?? answer
        made.add(
            .controlRung(timeToLive: hop), to: kind, at: at + 5,
            replies: controlPasses || hop != 2 && hop != 3 ? [control] : [])
    }
    return made.facts
}

@Test(
    "A drop between two routers looks like a port that the first one leads elsewhere, and whoever is asked is told so")
func betweenRouters() {
    let diagnosis = stopped().diagnose()
    #expect(diagnosis.confidence == .strong && diagnosis.zones == [.path], "\(diagnosis.summary)")
    let other = diagnosis.lookAlikes.first { $0.cause.hasPrefix("\(routers[0]) leads this port another way") }
    #expect(other?.whyNotExcluded.contains("behind \(routers[0])") == true, "\(diagnosis.lookAlikes)")
    #expect(other?.cause.hasSuffix("for want of state") == true && other?.experiment.contains("notrack") == true)
    let doubt = "unless \(routers[0]) leads this port another way, or translates it."
    #expect(diagnosis.advice.first?.hasSuffix(doubt) == true)
    // A source that the far end cannot answer to silences the routers' errors, too.
    #expect(other?.cause.contains("(SNAT)") == true && other?.whyNotExcluded.contains("no route leads to that") == true)
    #expect(other?.experiment.contains("SNAT, masquerade") == true)
}

@Test("It is a look-alike of nothing else: not of the last stretch, nor of what a change to the SYN explains")
func notElsewhere() {
    #expect(TreatedOtherwise.examine(Observations(stopped(controlPasses: false))) == nil)
    #expect(TreatedOtherwise.examine(Observations(HandmadeFacts.blocked().facts)) == nil)
    #expect(TreatedOtherwise.examine(Observations(HandmadeFacts.answered().facts)) == nil)
    for cause in Causes.all where cause.supersedes.contains(PathDrop.id) {
        #expect(cause.supersedes.contains(TreatedOtherwise.id), "\(cause.id)")
    }
}

@Test("Echoes that get farther than TCP are no control of the same kind: a router may answer only those")
func controlOfEchoesAlone() {
    let diagnosis = stopped(control: .echo).diagnose()
    #expect(diagnosis.verdict == .blocked && diagnosis.confidence == .likely, "\(diagnosis.summary)")
    #expect(diagnosis.zones == [.path] && diagnosis.afterHop?.ttl == 1 && diagnosis.beforeHop?.ttl == 2)
}
