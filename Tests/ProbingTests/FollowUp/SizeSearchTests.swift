import StallpointTestKit
import Testing

@testable import Probing

struct SizeSearchTests {
    /// Searches where packets up to `limit` pass; what was tried, in order.
    private func search(_ search: SizeSearch, limit: Int, reports: Int? = nil, atOnce: Int = 1) -> (
        tried: [Int], rounds: Int, passed: Int?, lost: Int?
    ) {
        var search = search
        var tried: [Int] = []
        var rounds = 0
        while rounds < 64 {
            let sizes = search.next(atOnce)
            guard !sizes.isEmpty else { break }
            rounds += 1
            tried += sizes
            // Silence comes last.
            for size in sizes where size <= limit { search.note(passed: size) }
            for size in sizes where size > limit { search.note(lost: size, reported: reports) }
        }
        return (tried, rounds, search.passed, search.lost)
    }

    @Test(
        "Every limit is found to the byte, in as many rounds as it takes to cut it into that many parts",
        arguments: [(1, 14), (2, 10), (3, 9), (7, 7)])
    func everyLimit(atOnce: Int, rounds: Int) {
        for limit in 128..<1_500 {
            let found = search(SizeSearch(from: 128, to: 1_500, landmarks: [1_280]), limit: limit, atOnce: atOnce)
            #expect(found.passed == limit && found.lost == limit + 1 && found.rounds <= rounds, "\(limit): \(found)")
            #expect(Set(found.tried).count == found.tried.count && found.tried.allSatisfy { 128...1_500 ~= $0 })
        }
    }

    @Test("Where all passes two packets are enough, and where none does one")
    func ends() {
        #expect(search(SizeSearch(from: 128, to: 1_500), limit: 9_000).tried == [128, 1_500])
        let none = search(SizeSearch(from: 128, to: 1_500), limit: 100)
        #expect(none.tried == [128] && none.passed == nil)
        #expect(search(SizeSearch(from: 1_500, to: 576), limit: 9_000).tried == [1_500])
    }

    @Test("What a router reports is tried at once, and not believed where it does not hold")
    func reported() {
        #expect(search(SizeSearch(from: 128, to: 1_500), limit: 1_400, reports: 1_400).tried == [128, 1_500, 1_400])
        for nonsense in [0, 64, 1_500, 65_535, -7] {
            let found = search(SizeSearch(from: 128, to: 1_500), limit: 1_400, reports: nonsense)
            #expect(found.passed == 1_400 && found.lost == 1_401, "\(nonsense)")
        }
        // More is reported than passes: as if nothing was.
        let more = search(SizeSearch(from: 128, to: 1_500), limit: 1_400, reports: 1_450)
        #expect(more.passed == 1_400 && more.lost == 1_401)
    }

    @Test("A boundary that is known is tried first")
    func known() {
        let near = SizeSearch(from: 128, to: 1_500, near: [1_400, 1_401])
        #expect(search(near, limit: 1_400).tried == [128, 1_400, 1_401])
        #expect(search(near, limit: 1_400, atOnce: 2).rounds == 2)
        // It need not be the same.
        #expect(search(near, limit: 1_500).tried == [128, 1_400, 1_401, 1_500])
        #expect(search(near, limit: 700).passed == 700)
    }

    @Test("A largest size that is known to get lost comes last, and only where nothing else did")
    func largestIsLost() {
        for limit in 128..<1_500 {
            let stall = SizeSearch(from: 128, to: 1_500, isLargestLost: true, landmarks: [1_280, 1_400])
            let found = search(stall, limit: limit, atOnce: 2)
            #expect(found.passed == limit && found.lost == limit + 1 && found.rounds <= 9, "\(limit): \(found)")
            #expect(found.tried.contains(1_500) == (limit == 1_499))
        }
        // It was chance: all passes.
        let all = search(SizeSearch(from: 128, to: 1_500, isLargestLost: true), limit: 1_500)
        #expect(all.passed == 1_500 && all.lost == nil)
    }

    @Test("Whatever is said of sizes side by side, and in whatever order, the search ends", arguments: 1...3)
    func hostile(_ atOnce: Int) {
        var random = SeededGenerator(seed: 7)
        for _ in 0..<2_000 {
            var search = SizeSearch(from: 128, to: 1_500, near: [1_300], landmarks: [1_280, 1_400])
            var rounds = 0
            while rounds < 64 {
                let sizes = search.next(atOnce)
                guard !sizes.isEmpty else { break }
                rounds += 1
                for size in sizes.shuffled(using: &random) {
                    switch Int.random(in: 0..<3, using: &random) {
                    case 0: search.note(passed: size)
                    case 1: search.note(lost: size)
                    default: search.note(lost: size, reported: Int.random(in: 0...1_600, using: &random))
                    }
                }
            }
            #expect(rounds < 64)
        }
    }

    @Test("A report that is larger than what was lost beside it is not tried for ever")
    func reportBesideLoss() {
        var search = SizeSearch(from: 128, to: 1_500)
        search.note(passed: 128)
        search.note(lost: 1_280, reported: 0)
        search.note(lost: 1_400, reported: 1_300)
        #expect(search.next(1) == [704])
    }

    @Test("What contradicts itself ends")
    func contradiction() {
        var search = SizeSearch(from: 128, to: 1_500)
        search.note(passed: 128)
        search.note(lost: 1_000)
        search.note(passed: 1_200)
        search.note(lost: 64)
        #expect(search.passed == 128 && search.lost == 1_000)
    }
}
