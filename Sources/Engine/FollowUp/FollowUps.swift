import Conversations
import Diagnosis
import HostNetwork
import PacketWire
import Probing

/// The follow-up plans of one target, one after another, and the work that they have going on.
struct FollowUps {
    /// In the order in which they are run.
    var plans: [any FollowUpPlan] = []
    var current = 0
    var works: [Int: any FollowUpWork] = [:]
    /// Echo requests leave from a socket that all share.
    var echoes: [Int: FollowUpOrder] = [:]

    // Their packets and sockets are known by numbers beyond those of any attempt: the plan, and the order in it.
    private static let first = 0x8000
    private static let perPlan = 0x1000

    static func owns(_ attempt: Int) -> Bool { attempt >= first }
    static func number(of attempt: Int) -> Int { (attempt - first) % perPlan }

    var isOver: Bool { current >= plans.count }

    /// The plan that is running, where it is the one for packet sizes.
    var sizes: PathSizeProbe? { isOver ? nil : plans[current] as? PathSizeProbe }
    /// What is known of the host's path.
    var measured: PathSizeProbe? { plans.lazy.compactMap { $0 as? PathSizeProbe }.first { $0.hasMeasured } }

    /// What was answered on another connection does not stall by its size.
    mutating func dropNeedless() {
        guard let again = plans[current] as? DialogueAgain, again.isAnswered else { return }
        plans.removeAll { $0 is PathSizeProbe }
    }

    /// The number by which an order of the current plan is known; nil where there are too many.
    func attempt(_ number: Int) -> Int? {
        guard (0..<Self.perPlan).contains(number), current < 8 else { return nil }
        return Self.first + current * Self.perPlan + number
    }

    /// Whether it is of the plan that is running.
    func isCurrent(_ attempt: Int) -> Bool { (attempt - Self.first) / Self.perPlan == current }

    mutating func note(_ packet: SeenPacket, attempt: Int) {
        let plan = (attempt - Self.first) / Self.perPlan
        guard plans.indices.contains(plan) else { return }
        plans[plan].note(packet, number: Self.number(of: attempt))
    }
}

/// One order on a real socket.
protocol FollowUpWork: AnyObject {
    var descriptor: Int32 { get }
    /// This end, once the kernel has chosen it.
    var local: Endpoint? { get }
    /// What it is to the wire.
    var kind: Attempt.Kind { get }
    /// It is a connection that does not stand yet.
    var isConnecting: Bool { get }
    /// What the socket had to say.
    func handle(_ event: Poller.Event, at now: Instant) -> [FollowUpOutcome]
    func again(at now: Instant) -> [FollowUpOutcome]
    /// What there is to say where the far end's TCP has not taken all that was said: nothing more is waited for then.
    func stopUnheard(at now: Instant) -> [FollowUpOutcome]
    /// What there is to say at the end; it is closed then.
    func stop(at now: Instant) -> [FollowUpOutcome]
}

extension FollowUpWork {
    func stopUnheard(at now: Instant) -> [FollowUpOutcome] { [] }
}

/// An order that is one socket, and has nothing to say at the end.
protocol SocketWork: FollowUpWork {
    var socket: ProbeSocket { get }
}

extension SocketWork {
    var descriptor: Int32 { socket.descriptor }

    func stop(at now: Instant) -> [FollowUpOutcome] {
        socket.close()
        return []
    }
}

extension TCPInfo {
    /// The IP packet of a full segment: what `tcpi_snd_mss` counts is behind the options.
    func fullPacket(_ family: IPFamily) -> Int? {
        guard sendMaximumSegmentSize > 0 else { return nil }
        return Int(sendMaximumSegmentSize) + (hasTimestamps ? 12 : 0) + family.headers(of: .tcp)
    }
}

extension IPFamily {
    /// Bytes of a packet before what it bears, options not counted.
    func headers(of transport: Transport) -> Int {
        (self == .v4 ? 20 : 40) + (transport == .tcp ? 20 : 8)
    }
}
