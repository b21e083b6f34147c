import Conversations
import Testing

@testable import Engine

struct LadderBudgetTests {
    @Test("Three start together, then one a second, and nobody waits for ever")
    func paces() {
        var budget = LadderBudget()
        for target in 0..<20 { budget.request(target, at: .zero) }
        #expect(budget.settle(at: .zero).granted == [0, 1, 2])
        #expect(budget.settle(at: .zero + .milliseconds(900)).granted.isEmpty)
        #expect(budget.settle(at: .zero + .milliseconds(1_100)).granted == [3])
        var last: (granted: [Int], denied: [Int]) = ([], [])
        for second in Int64(2)...5 { last = budget.settle(at: .zero + .seconds(second)) }
        #expect(last.granted == [7])
        #expect(last.denied == Array(8..<20))
        #expect(budget.nextMoment(after: .zero + .seconds(5)) == nil)
    }

    @Test("A target that ends gives its place up")
    func cancels() {
        var budget = LadderBudget()
        for target in 0..<5 { budget.request(target, at: .zero) }
        _ = budget.settle(at: .zero)
        budget.cancel(3)
        #expect(budget.settle(at: .zero + .milliseconds(1_001)).granted == [4])
    }

    @Test("The next moment is when a place is free, not later than the longest wait")
    func nextMoment() throws {
        var budget = LadderBudget()
        for target in 0..<4 { budget.request(target, at: .zero) }
        _ = budget.settle(at: .zero)
        let next = try #require(budget.nextMoment(after: .zero))
        #expect(next > .zero + .milliseconds(900) && next < .zero + .milliseconds(1_100))
    }
}
