import Conversations
import Diagnosis
import PacketWire
import Probing
import StallpointTestKit

/// A path on which packets of some sizes vanish, and a driver on a virtual clock for the plan that looks for them.
struct SimulatedSizes {
    /// The largest packet that passes, there and back.
    var there = 1_500
    var back = 1_500
    /// Behind which hop the small link is, of how many to the host.
    var after = 2
    var distance = 4
    /// What the router before the small link says; nil for nothing.
    var reports: Int?
    /// Smaller packets than this are lost without a word.
    var reportsAbove = 0
    var answersDatagrams = true
    /// What stops large segments lets large datagrams pass.
    var sparesDatagrams = false
    var answersEchoes = true
    /// Answers of the host, or of a router, that are lost whatever their size: by the number of the trial.
    var lost: Set<Int> = []
    /// With this seed, every other datagram of more than 1,200 bytes is lost by chance.
    var chance: UInt64?
    /// The bytes of the dialogue are more than one packet, there and back.
    var speaksMuch = (there: true, back: true)
    /// How long the application takes for its answer.
    var serviceTime = TimeSpan.zero
    /// The application never answers.
    var isMute = false

    static let router = IPAddress("192.0.2.2") ?? .v4(.any)
    private static let roundTrip = TimeSpan.milliseconds(20)

    struct Result {
        var facts: PathSizeFacts
        var elapsed: TimeSpan
        /// Packets, a connection counted as one.
        var sent: Int
        var plan: PathSizeProbe
    }

    /// Runs the plan to its end.
    ///
    /// - Parameter earlier: who had the turn before.
    func run(_ situation: PathSizeProbe.Situation, after earlier: PathSizeProbe? = nil) -> Result {
        var plan = PathSizeProbe(situation)
        var queue: [(at: Instant, number: Int, event: FollowUpEvent)] = []
        var orders: [Int: FollowUpOrder] = [:]
        var now = Instant.zero
        var count = 0
        var sent = 0
        var dice = SeededGenerator(seed: chance ?? 0)

        func isUnlucky(_ order: FollowUpOrder) -> Bool {
            guard chance != nil, case .datagram(let size, _) = order.work, size > 1_200 else { return false }
            return Bool.random(using: &dice)
        }
        func perform(_ actions: [FollowUpAction]) {
            for action in actions {
                count += 1
                switch action {
                case .wake(let at): queue.append((max(at, now), count, .time))
                case .start(let order):
                    orders[order.number] = order
                    sent += 1
                    if !isUnlucky(order), let outcome = outcome(order, isStopped: false) {
                        var at = now + Self.roundTrip
                        if case .dialogue = order.work { at = at + serviceTime }
                        queue.append((at, count, .outcome(order.number, outcome)))
                    }
                case .again(let number):
                    guard let order = orders[number] else { continue }
                    sent += 1
                    if !isUnlucky(order), let outcome = outcome(order, isStopped: false), !lost.contains(number) {
                        queue.append((now + Self.roundTrip, count, .outcome(number, outcome)))
                    }
                case .stopUnheard(let number):
                    if let order = orders[number], case .dialogue = order.work,
                        case .silent(isAcknowledged: false)? = outcome(order, isStopped: true)
                    {
                        queue.append((now, count, .outcome(number, .silent(isAcknowledged: false))))
                    }
                case .stop(let number):
                    guard let order = orders.removeValue(forKey: number), case .dialogue = order.work else { continue }
                    if let outcome = outcome(order, isStopped: true) {
                        queue.append((now, count, .outcome(number, outcome)))
                    }
                }
            }
        }

        perform(plan.begin(at: now))
        perform(plan.takeTurn(after: earlier, at: now))
        while !plan.isFinished, let next = queue.min(by: { ($0.at, $0.number) < ($1.at, $1.number) }) {
            queue.removeAll { $0.number == next.number }
            now = max(now, next.at)
            perform(plan.handle(next.event, at: now))
            perform(plan.takeTurn(after: earlier, at: now))
        }
        var facts = Facts(
            target: Target(input: "x", host: "x", address: nil, port: 1, transport: .tcp), witnesses: [.socket])
        plan.testify(&facts)
        return Result(
            facts: facts.pathSize ?? PathSizeFacts(.asked, linkMTU: 0), elapsed: now - .zero, sent: sent,
            plan: plan)
    }

    /// Nil for silence.
    private func outcome(_ order: FollowUpOrder, isStopped: Bool) -> FollowUpOutcome? {
        switch order.work {
        case .datagram(let size, let timeToLive):
            if lost.contains(order.number), !isStopped { return nil }
            let reach = timeToLive ?? distance
            if size > there, reach > after, !sparesDatagrams {
                if size <= reportsAbove { return nil }
                return reports.map { .tooBig(mtu: $0, by: Self.router) }
            }
            if reach < distance { return .expired(by: Self.router) }
            return answersDatagrams ? .answered : nil
        case .echo(let size):
            if lost.contains(order.number) { return nil }
            if size > there { return reports.map { .tooBig(mtu: $0, by: Self.router) } }
            return size > back || !answersEchoes ? nil : .answered
        case .dialogue(let asked):
            let size = asked ?? 1_500
            // The way there is healed by a report, for the kernel hears it.
            let isHeard = reports != nil || !speaksMuch.there || size <= there
            let isAnswered = isHeard && !isMute && (!speaksMuch.back || size <= back)
            if isAnswered { return isStopped ? nil : .answered }
            return isStopped ? .silent(isAcknowledged: isHeard) : nil
        case .hold, .question, .connection, .ask:
            return nil
        }
    }
}
