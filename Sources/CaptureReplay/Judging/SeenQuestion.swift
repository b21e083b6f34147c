import Conversations
import Diagnosis
import PacketWire

/// The same question to a DNS server on other flows, which tells what hangs on the question from what is lost by chance.
extension CaptureFacts {
    /// What is asked so much earlier or later may meet another world.
    private static let sameTime = TimeSpan.seconds(120)
    private static let fewest = 2

    /// Nil where the question was answered on any flow, or another one was not.
    func sameQuestion(as position: Int, _ siblings: [Int]) -> SameQuestion? {
        guard case .dns(let exchange)? = table.application(at: position), exchange.answers == 0,
            let flow = table.subject(at: position).flow, flow.transport == .udp, let own = exchange.firstQuestion
        else { return nil }
        var same = SameQuestion(asked: 1, others: 0)
        for sibling in nearest(siblings, to: position) {
            guard let other = table.subject(at: sibling).flow, other.transport == .udp,
                other.destination == flow.destination, case .dns(let exchange)? = table.application(at: sibling),
                let asked = exchange.firstQuestion, asked.at - own.at <= Self.sameTime,
                own.at - asked.at <= Self.sameTime
            else { continue }
            guard (exchange.answers > 0) == (asked.value != own.value) else { return nil }
            if asked.value == own.value { same.asked += 1 } else { same.others += 1 }
        }
        return same.asked >= Self.fewest && same.others >= Self.fewest ? same : nil
    }
}
