import Conversations
import Diagnosis
import PacketWire
import StallpointTestKit
import Testing

@testable import Reporting

/// The drawing against the verdict: a mark for each zone that is listed, and for no other.
@Suite struct PathDrawingTests {
    private func drawing(_ diagnosis: TargetDiagnosis, width: Int = 100, detail: TextStyle.Detail = .normal) -> [String]
    {
        var page = Page(TextStyle(width: width, detail: detail))
        PathDrawing(diagnosis, page)?.draw(on: &page)
        return page.text.split(separator: "\n").map(String.init)
    }

    private func diagnosis(_ zones: [Zone], path: [PathHop] = [], after: Hop? = nil) -> TargetDiagnosis {
        TargetDiagnosis(
            target: Target("203.0.113.10", 80), verdict: .blocked, stage: .handshake, mechanism: .silentDrop,
            zones: zones,
            afterHop: after, confidence: .likely, summary: "", path: path)
    }

    @Test(arguments: [
        ([Zone.localEgress], ["80/tcp  you ─✕ 203.0.113.10"]),
        ([.path], ["80/tcp  you ─✕ 203.0.113.10"]),
        ([.destination], ["80/tcp  you ── 203.0.113.10 ✕"]),
        ([.localIngress], ["80/tcp  you ── 203.0.113.10", "back    you ✕◀──── 203.0.113.10"]),
        ([.returnPath], ["80/tcp  you ── 203.0.113.10", "back    you ◀──✕── 203.0.113.10"]),
        (
            [.path, .destination, .returnPath],
            ["80/tcp  you ✕? 203.0.113.10 ?", "back    you ◀──?── 203.0.113.10"]
        ),
        (
            [.localIngress, .returnPath],
            ["80/tcp  you ── 203.0.113.10", "back    you ✕?◀──?── 203.0.113.10"]
        ),
        ([.destination, .path], ["80/tcp  you ─? 203.0.113.10 ✕?"]),
        ([.path, .localEgress], ["80/tcp  you ✕? 203.0.113.10"]),
    ]) func withoutLadder(_ zones: [Zone], _ lines: [String]) {
        #expect(drawing(diagnosis(zones)) == lines.map { "    " + $0 })
    }

    /// Every combination of zones, with and without a ladder, in every width: as many marks as zones have
    /// places of their own, and no trap.
    @Test func everyCombinationOfZones() {
        let path = (1...3).map { PathHop(ttl: $0, target: $0 < 3 ? .timeExceeded(address("192.0.2.\($0)")) : .silence) }
        for bits in 0..<(1 << Zone.allCases.count) {
            let zones = Zone.allCases.indices.filter { bits >> $0 & 1 == 1 }.map { Zone.allCases[$0] }
            for hops in [path, []] {
                for width in [0, 40, 80] {
                    let lines = drawing(diagnosis(zones, path: hops), width: width)
                    let marked = lines.joined().filter { $0 == "✕" || $0 == "?" }
                    let places = zones.filter { $0 != .resolver }
                    // Without hops the way out and the way there are the same line.
                    let shared = hops.isEmpty && zones.contains(.path) && zones.contains(.localEgress) ? 1 : 0
                    let alsoUnsure = zones.count > 1 && zones.first != .resolver ? 1 : 0
                    #expect(marked.count == places.count - shared + alsoUnsure, "\(zones): \(lines)")
                }
            }
        }
    }

    @Test func nothingToDraw() {
        #expect(drawing(Sample.nameNotFoundDiagnosis) == [])
        #expect(drawing(Sample.openDiagnosis) == [])
        var unresolved = diagnosis([.path])
        unresolved.target.address = nil
        #expect(drawing(unresolved) == [])
    }

    @Test func aSilentHopBeforeAnsweringOnesIsNoStall() {
        let path = [
            PathHop(ttl: 1, target: .silence), PathHop(ttl: 2, target: .timeExceeded(address("192.0.2.2"))),
            PathHop(ttl: 3, target: .silence),
        ]
        #expect(
            drawing(diagnosis([.path], path: path, after: hop(2, "192.0.2.2"))) == [
                "    hop            1    2            3",
                "    80/tcp  you ── * ── 192.0.2.2 ─✕ * ·· 203.0.113.10",
            ])
    }

    /// The connection stood: nothing was asked of the hops, and the line runs past them.
    @Test func aHandshakeNeedsNoLadderOfItsOwn() {
        var reset = diagnosis([.destination])
        reset.verdict = .interfered
        reset.path = [
            PathHop(ttl: 1, target: .notAsked, control: .timeExceeded(address("192.0.2.1"))),
            PathHop(ttl: 2, target: .notAsked, control: .reached(address("203.0.113.10"), "SYN-ACK")),
        ]
        #expect(
            drawing(reset) == [
                "    hop             1            2",
                "    80/tcp   you ─────────────── 203.0.113.10 ✕",
                "    control  you ── 192.0.2.1 ── 203.0.113.10",
            ])
        #expect(
            drawing(reset, width: 40) == [
                "    hop             1",
                "    80/tcp   you ───",
                "    control  you ── 192.0.2.1",
                "    hop             2",
                "    80/tcp   …   ── 203.0.113.10 ✕",
                "    control  …   ── 203.0.113.10",
            ])
    }

    @Test func longPathsAreCutUnlessVerbose() {
        let path = (1...30).map { PathHop(ttl: $0, target: .timeExceeded(address("192.0.2.\($0)"))) }
        let stalled = diagnosis([.path], path: path, after: hop(30, "192.0.2.30"))
        let short = drawing(stalled, width: 1000).joined()
        #expect(short.contains("…26 hops…") && !short.contains("192.0.2.5 "))
        let whole = drawing(stalled, width: 1000, detail: .verbose).joined()
        for hop in 1...30 { #expect(whole.contains("192.0.2.\(hop) ")) }
    }

    /// Ladders from a hostile or confused network: no order, no sense, and no trap.
    @Test func randomLadders() {
        var random = SeededGenerator(seed: 7)
        func answer() -> PathHop.Answer {
            let sender = address("192.0.2.\(Int.random(in: 1...4, using: &random))")
            switch Int.random(in: 0..<5, using: &random) {
            case 0: return .notAsked
            case 1: return .silence
            case 2: return .timeExceeded(sender)
            case 3: return .reached(Bool.random(using: &random) ? address("203.0.113.10") : sender, "reset")
            default: return .refused(sender, "no")
            }
        }
        for _ in 0..<500 {
            var diagnosis = diagnosis(Zone.allCases.shuffled(using: &random).suffix(2))
            diagnosis.mechanism = Mechanism.allCases.randomElement(using: &random)
            diagnosis.verdict = Verdict.allCases.randomElement(using: &random) ?? .open
            diagnosis.path = (0..<Int.random(in: 0...20, using: &random)).map { _ in
                PathHop(ttl: Int.random(in: -2...12, using: &random), target: answer(), control: answer())
            }
            if Bool.random(using: &random) { diagnosis.afterHop = hop(Int.random(in: -1...20, using: &random)) }
            if Bool.random(using: &random) { diagnosis.beforeHop = hop(Int.random(in: -1...20, using: &random)) }
            for width in [0, 80] {
                let lines = drawing(diagnosis, width: width)
                #expect(lines.contains { $0.hasPrefix("    80/tcp") })
            }
        }
    }
}
