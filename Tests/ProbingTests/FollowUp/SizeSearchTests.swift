import Testing

@testable import Probing

struct SizeSearchTests {
    /// Searches where packets up to `limit` pass; what was tried, in order.
    private func search(_ search: SizeSearch, limit: Int, reports: Int? = nil) -> (
        tried: [Int], passed: Int?, lost: Int?
    ) {
        var search = search
        var tried: [Int] = []
        while let size = search.next, tried.count < 64 {
            tried.append(size)
            if size <= limit { search.note(passed: size) } else { search.note(lost: size, reported: reports) }
        }
        return (tried, search.passed, search.lost)
    }

    @Test("Every limit is found to the byte, in as many steps as bisection takes")
    func everyLimit() {
        for limit in 128..<1_500 {
            let found = search(SizeSearch(from: 128, to: 1_500, landmarks: [1_280]), limit: limit)
            #expect(found.passed == limit && found.lost == limit + 1 && found.tried.count <= 14, "\(limit): \(found)")
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

    @Test("A boundary that is known is found in four")
    func known() {
        let found = search(SizeSearch(from: 128, to: 1_500, landmarks: [1_400, 1_401]), limit: 1_400)
        #expect(found.tried == [128, 1_500, 1_400, 1_401])
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
