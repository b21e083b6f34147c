import Testing

@testable import Diagnosis

struct CauseListTests {
    @Test("Each cause stands once in the catalogue, and explains away only what stands there")
    func once() {
        let all = Causes.all.map { $0.id }
        #expect(Set(all).count == all.count)
        for cause in Causes.all { #expect(cause.supersedes.subtracting(all).isEmpty, "\(cause.id)") }
    }
}
