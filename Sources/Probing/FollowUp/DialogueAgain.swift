public import Conversations
public import Diagnosis

/// The plan that repeats a dialogue that failed: several times at once, each on a connection of its own, for servers that
/// take turns behind one address take these in turn as well. Those that are answered show that what fails does not always.
public struct DialogueAgain: FollowUpPlan {
    public static let question =
        "Is the same request answered on \(connections) other connections? Servers may take turns behind one address."
    /// Of two servers in turn both are met, and of two by chance both seven times out of eight.
    static let connections = 3
    /// Handshake, request, answer and end.
    public static let mostPackets = connections * 8

    /// How long an answer is waited for.
    private let patience: TimeSpan
    /// Whether each was answered; nil is not known yet.
    private var answers: [Bool?] = []
    /// Those on which the request could be sent: on no other it has failed.
    private var connected: Set<Int> = []
    private var end = Instant.zero
    public private(set) var isFinished = false

    public init(patience: TimeSpan) { self.patience = patience }

    public var isAnswered: Bool { answers.contains(true) }

    public var progressPhrase: String { "asking once more" }

    public mutating func begin(at now: Instant) -> [FollowUpAction] {
        answers = Array(repeating: nil, count: Self.connections)
        end = now + patience
        return answers.indices.map { .start(FollowUpOrder($0, .dialogue(size: nil))) } + [.wake(at: end)]
    }

    public mutating func handle(_ event: FollowUpEvent, at now: Instant) -> [FollowUpAction] {
        guard !isFinished else { return [] }
        switch event {
        case .outcome(let number, .connected):
            connected.insert(number)
            return []
        case .outcome(let number, let outcome):
            guard answers.indices.contains(number), answers[number] == nil else { return [] }
            answers[number] = outcome == .answered
            isFinished = answers.allSatisfy { $0 != nil }
            return [.stop(number)]
        case .time:
            isFinished = now >= end
            return []
        }
    }

    public mutating func note(_ packet: SeenPacket, number: Int) {}

    public func testify(_ facts: inout Facts) {
        // What was cut short by the end of the run is not known to have failed.
        let known = connected.sorted().compactMap { answers[$0] ?? (isFinished ? false : nil) }
        guard !known.isEmpty else { return }
        facts.application?.repeats = DialogueRepeats(tried: known.count, answered: known.count(where: \.self))
    }
}
