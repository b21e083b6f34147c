import Conversations
import PacketWire

/// Where openings and resets were seen more than once. A machine that forwards takes in and passes on: a capture on all of
/// its interfaces (LINKTYPE_LINUX_SLL and its successor) says of each frame whether it came in or went out.
///
/// What came in and did not go out was stopped by that machine; what went out and had not come in was made by it, or came
/// in under other addresses.
struct Crossings: Sendable {
    /// Frames that came in; of TCP's openings and resets only, and no more than are kept.
    private(set) var cameIn: Set<Int> = []
    /// Those of them that went out again.
    private(set) var passedOn: Set<Int> = []
    /// Frames that went out and had not come in.
    private(set) var wentOut: Set<Int> = []
    /// Numbers of SYNs that were seen with several pairs of addresses: somebody translates them.
    private(set) var translated: Set<UInt32> = []
    /// With which TTL a packet was last seen, by the frame that has it first: on its way it passed several taps, whose files
    /// are read as one, and its distance is told from the last of them.
    private(set) var farther: [Int: UInt8] = [:]
    /// The latest of them, a place each.
    private var latest: [Sighting?] = []
    private var openings: [(number: UInt32, flow: Flow)?] = []

    private struct Segment: Equatable {
        var flow: Flow
        var sequenceNumber: UInt32
        var acknowledgementNumber: UInt32
        var flags: TCPFlags
    }

    private struct Sighting {
        var segment: Segment
        var frame: Int
        var timeToLive: UInt8
        var direction: CookedPacketType?
    }

    private static let places = 1_024
    private static let most = 16_384

    /// The machine that captured passes on what came in.
    var areForwarded: Bool { !passedOn.isEmpty }

    init() {}

    mutating func note(_ packet: Packet, _ header: TCPHeader, frame: Int) {
        guard let timeToLive = packet.timeToLive, let flow = packet.flow else { return }
        note(
            CompactTCPHeader(allButBlocksOf: header), flow, timeToLive: timeToLive, packet.link?.packetType,
            frame: frame)
    }

    /// - Parameter type: which way the frame passed the tap, where it says so.
    mutating func note(
        _ header: CompactTCPHeader, _ flow: Flow, timeToLive: UInt8, _ type: CookedPacketType? = nil, frame: Int
    ) {
        guard !header.flags.isDisjoint(with: [.syn, .rst]), !flow.source.address.isLoopback else { return }
        let segment = Segment(
            flow: flow, sequenceNumber: header.sequenceNumber, acknowledgementNumber: header.acknowledgementNumber,
            flags: header.flags)
        if latest.isEmpty {
            latest = Array(repeating: nil, count: Self.places)
            openings = latest.map { _ in nil }
        }
        if header.flags.intersection([.syn, .ack]) == .syn { noteOpening(header.sequenceNumber, flow) }
        let place = Int(
            truncatingIfNeeded: (header.sequenceNumber ^ header.acknowledgementNumber) % UInt32(Self.places))
        let seen = Sighting(segment: segment, frame: frame, timeToLive: timeToLive, direction: type)
        if let known = latest[place], known.segment == segment, noteAgain(known, seen) {
            latest[place]?.timeToLive = timeToLive
            return
        }
        latest[place] = seen
        if type == .toUs, cameIn.count < Self.most { cameIn.insert(frame) }
        if type == .fromUs, wentOut.count < Self.most { wentOut.insert(frame) }
    }

    /// Whether it is the same packet farther on its way: a sender's repetition starts with the same TTL again.
    private mutating func noteAgain(_ known: Sighting, _ seen: Sighting) -> Bool {
        if known.direction == .toUs, seen.direction == .fromUs, seen.timeToLive <= known.timeToLive {
            // What is not among those that came in is not told of either.
            if cameIn.contains(known.frame) { passedOn.insert(known.frame) }
            return true
        }
        guard seen.timeToLive < known.timeToLive, known.direction == nil || seen.direction == .toUs else {
            return false
        }
        if farther.count < Self.most { farther[known.frame] = seen.timeToLive }
        return true
    }

    private mutating func noteOpening(_ number: UInt32, _ flow: Flow) {
        let place = Int(truncatingIfNeeded: number % UInt32(Self.places))
        if let known = openings[place], known.number == number {
            if known.flow != flow, translated.count < Self.most { translated.insert(number) }
        } else {
            openings[place] = (number, flow)
        }
    }

    /// Whether the machine that captured did something with this packet that it does not do with what it forwards.
    func isOdd(_ frame: Int) -> Bool {
        farther[frame] != nil
            || areForwarded && (cameIn.contains(frame) && !passedOn.contains(frame) || wentOut.contains(frame))
    }
}
