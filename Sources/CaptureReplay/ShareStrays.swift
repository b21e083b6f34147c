import Conversations
import PacketWire

/// Whether one host's question was answered by another: of such two conversations each may be in another share of a capture
/// (``CaptureShare``), where nobody can put the one to the other.
///
/// The latest questions are known, a place each; what ``StrayAnswers`` takes for such an answer counts.
struct ShareStrays: Sendable {
    private(set) var areSeen = false
    private var openings: [Opening?] = []
    private var datagrams: [Flow?] = []

    private struct Opening {
        var number: UInt32
        var flow: Flow
        /// The number was seen with several pairs of addresses: somebody translates them, and the answers, too.
        var isTranslated = false
    }

    private static let places = 1_024

    mutating func note(_ packet: Packet) {
        makeRoom()
        if let message = packet.icmp, let quoted = message.quoted?.flow {
            if message.error?.meaning == .portUnreachable { note(refused: quoted, by: packet.source) }
            return
        }
        guard let flow = packet.flow else { return }
        guard let header = packet.tcp else {
            datagrams[Self.place(flow.source)] = flow
            return
        }
        note(CompactTCPHeader(allButBlocksOf: header), flow)
    }

    /// A segment that opens.
    mutating func note(opening segment: SegmentOutline) {
        makeRoom()
        note(segment.header, segment.flow)
    }

    private mutating func makeRoom() {
        guard openings.isEmpty else { return }
        openings = Array(repeating: nil, count: Self.places)
        datagrams = Array(repeating: nil, count: Self.places)
    }

    private mutating func note(_ header: CompactTCPHeader, _ flow: Flow) {
        switch header.flags.intersection([.syn, .ack]) {
        case .syn: note(opening: header.sequenceNumber, flow)
        case [.syn, .ack]: note(answer: header.acknowledgementNumber &- 1, flow)
        default: break
        }
    }

    private mutating func note(opening number: UInt32, _ flow: Flow) {
        let place = Self.place(number)
        if let known = openings[place], known.number == number {
            if known.flow != flow { openings[place]?.isTranslated = true }
        } else {
            openings[place] = Opening(number: number, flow: flow)
        }
    }

    private mutating func note(answer number: UInt32, _ flow: Flow) {
        guard let asked = openings[Self.place(number)], asked.number == number, !asked.isTranslated,
            asked.flow.source == flow.destination, asked.flow.destination != flow.source
        else { return }
        areSeen = true
    }

    /// By whoever it was for.
    private mutating func note(refused answer: Flow, by refuser: IPAddress?) {
        guard answer.transport == .udp, refuser == answer.destination.address,
            let asked = datagrams[Self.place(answer.destination)], asked.source == answer.destination,
            asked.destination.port == answer.source.port, asked.destination != answer.source
        else { return }
        areSeen = true
    }

    private static func place(_ number: UInt32) -> Int { Int(truncatingIfNeeded: number % UInt32(places)) }

    /// Many ask from few addresses: ports tell more of them apart.
    private static func place(_ endpoint: Endpoint) -> Int { Int(endpoint.port) % places }
}
