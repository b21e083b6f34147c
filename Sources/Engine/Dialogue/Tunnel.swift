import Conversations
import Diagnosis
import PacketWire

/// The way through a proxy to a place behind it, in whatever language the proxy speaks.
protocol Tunnel {
    /// What is said first.
    var request: [UInt8] { get }

    mutating func receive(_ bytes: [UInt8], at now: Instant) -> TunnelStep
    /// It broke off before the answer was whole.
    mutating func end(_ end: DialogueEnd)
    /// Where the report keeps what was asked and said.
    func note(in facts: inout ApplicationFacts)
}

enum TunnelStep {
    case wait
    /// More is to be said before it answers.
    case say([UInt8])
    /// What follows goes to the place; a server that speaks first may have been quick.
    case stands(early: [UInt8])
    case failed
}
