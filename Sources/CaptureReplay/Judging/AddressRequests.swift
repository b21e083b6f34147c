import Conversations
import Diagnosis
import PacketWire

/// Whether whoever asks for an address gets one: DHCP's questions go to all who listen (RFC 2131 section 4.1, RFC 8415
/// section 7), and yet a server owes an answer.
public struct AddressRequests: Sendable, Hashable {
    private var asked = 0
    private var answered = 0

    /// Fewer may be the beginning of an exchange.
    private static let fewest = 3

    public init() {}

    mutating func add(_ outline: ConversationOutline, _ flow: Flow) {
        guard flow.transport == .udp else { return }
        switch (flow.source.port, flow.destination.port) {
        // What answers to all who listen is a conversation of its own.
        case (67, 68), (547, 546): answered += outline.sent.packets
        case (68, 67), (546, 547):
            if outline.isToGroup { asked += outline.sent.packets }
            answered += outline.received.packets
        default: break
        }
    }

    mutating func add(_ other: AddressRequests) {
        asked += other.asked
        answered += other.answered
    }

    /// Nil where nobody asks in vain.
    public var note: String? {
        guard asked >= Self.fewest, answered == 0 else { return nil }
        return "DHCP: asked \(asked) times, and no server answers, as far as this capture shows"
    }
}
