public import Conversations
public import Diagnosis
public import PacketWire

/// What a driver runs for one target: events in, actions out, and facts at the end. A plan knows no socket and no
/// clock.
public protocol TargetPlan: Sendable {
    var facts: Facts { get }
    var isFinished: Bool { get }

    /// The first packet.
    mutating func begin(at now: Instant) -> [ProbeAction]
    mutating func handle(_ event: ProbeEvent, at now: Instant) -> [ProbeAction]
    /// What the wire witness saw of an attempt.
    mutating func note(_ packet: SeenPacket, attempt: Int) -> [ProbeAction]
    /// This end's address and port of an attempt.
    mutating func note(local: Endpoint, attempt: Int)
    /// Another target of the run found a port of the same host open.
    mutating func learn(openPort port: UInt16)
    /// Facts that only the driver can read.
    mutating func amend(_ change: (inout Facts) -> Void)
    /// The person or the clock ends it: whatever is known is what there is.
    mutating func stop(at now: Instant) -> [ProbeAction]
}

extension TargetProbe: TargetPlan {}
