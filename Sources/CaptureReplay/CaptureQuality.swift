import CaptureFile
import Conversations
import Diagnosis
import PacketWire

/// What a capture says of itself that limits, or explains, what its packets say: its clock, cut packets, checksums
/// that were not filled in yet, and on which machine it was made.
struct CaptureQuality: Sendable {
    private var latest: Instant?
    private var stepsBack = 0
    private var largestStep = TimeSpan.zero
    private var firstStepFrame = 0
    /// What stood behind later packets and was put in its turn: see ``FrameQueue``.
    var late = (count: 0, most: TimeSpan.zero)
    private var leap: (length: TimeSpan, frame: Int)?
    private var cut = 0
    private var unfilled = 0
    private var machine = CapturingMachine()
    /// The link address with which it sends, by interface.
    private var ownLinks: [Int: MACAddress] = [:]
    /// Frames that passed a loopback interface, and not to a loopback address; of TCP only SYNs.
    private(set) var loopback: Set<Int> = []
    /// Frames without a link header, as tunnels have them.
    private(set) var bare: Set<Int> = []
    /// Frames that came in for another link address than the machine's.
    private(set) var misaddressed: [Int: EthernetHeader] = [:]
    /// From which link addresses SYNs come that no router has passed on.
    private var askers = LinkOrigins()
    /// SYN-ACKs in frames for another link address than that from which the SYN came.
    private(set) var strayed: [Int: EthernetHeader] = [:]

    /// From which link addresses answers to openings come that no router has passed on, and whose come from several.
    private var answerers = LinkOrigins()
    private var holders: [IPAddress: [MACAddress]] = [:]
    /// Who answers openings, and to whom.
    private var servers = AnsweringServers()
    /// On a machine that forwards: what it passed on.
    private var crossings = Crossings()
    /// Answers to address resolution in frames that a cooked header says were for another machine.
    private(set) var toAnother: Set<Int> = []

    /// A probe has fewer.
    private static let mostKept = 4_096
    private static let mostInterfaces = 64
    private static let mostHolders = 8
    /// Several processors and interfaces deliver out of order by less.
    private static let stepBack = TimeSpan.seconds(1)
    /// Nobody records for so long without a packet.
    private static let longestPause = TimeSpan.seconds(30 * 86_400)

    @inline(__always)
    mutating func note(isCut: Bool, at: Instant, frame: Int) {
        if isCut { cut &+= 1 }
        if let latest {
            let gap = at - latest
            if gap.nanoseconds < -Self.stepBack.nanoseconds || gap > Self.longestPause { noteStep(gap, frame) }
        }
        latest = at
    }

    private mutating func noteStep(_ gap: TimeSpan, _ frame: Int) {
        if gap > .zero {
            if leap == nil { leap = (gap, frame) }
            return
        }
        stepsBack &+= 1
        if stepsBack == 1 { firstStepFrame = frame }
        largestStep = max(largestStep, TimeSpan(nanoseconds: 0 &- gap.nanoseconds))
    }

    /// An opening's checksums.
    mutating func note(_ checksums: ChecksumReport) {
        if checksums.transport == .partial { unfilled &+= 1 }
    }

    /// What another share of the same capture counted of its own packets.
    mutating func add(countsOf other: CaptureQuality) { unfilled &+= other.unfilled }

    /// Which way a packet passed the capturing machine's interface.
    @inline(__always)
    mutating func note(_ packet: Packet, passed direction: PacketFlags.Direction?) {
        if let direction { machine.note(packet, passed: direction) }
    }

    /// Whether a packet came for another link address than that with which the machine sends on this interface.
    mutating func note(_ packet: Packet, passed direction: PacketFlags.Direction?, over interface: Int, frame: Int) {
        guard let direction, case .ethernet(let link) = packet.link, link.source.rawValue != 0 else { return }
        switch direction {
        case .outbound:
            if ownLinks.count < Self.mostInterfaces { ownLinks[interface] = link.source }
        case .inbound:
            guard !link.destination.isGroup, let own = ownLinks[interface], own != link.destination,
                misaddressed.count < Self.mostKept
            else { return }
            misaddressed[frame] = link
        }
    }

    /// Whether a SYN-ACK goes where the SYN came from. It must come from where that went, or it is on another link, where
    /// routers have passed it on.
    mutating func noteAnswer(_ packet: Packet, frame: Int) {
        guard let flags = packet.tcpFlags, case .ethernet(let link) = packet.link, let source = packet.source,
            let destination = packet.destination, let timeToLive = packet.timeToLive
        else { return }
        noteAnswer(flags, link, from: source, to: destination, timeToLive: timeToLive, frame: frame)
    }

    /// Whether one address answers from two places on the link: a SYN-ACK here, and a reset of a SYN there.
    private mutating func noteHolder(_ source: IPAddress, _ link: EthernetHeader) {
        guard let known = answerers[source] else {
            answerers[source] = link
            return
        }
        guard known.source != link.source, holders.count < Self.mostKept || holders[source] != nil else { return }
        var found = holders[source] ?? [known.source]
        guard !found.contains(link.source), found.count < Self.mostHolders else { return }
        found.append(link.source)
        holders[source] = found
    }

    /// A segment that opens or resets: whether somebody accepts by it, or refuses.
    mutating func noteAnswerer(_ packet: Packet, at: Instant) {
        guard packet.encapsulations.isEmpty, let header = packet.tcp, let flow = packet.flow else { return }
        noteServer(header.flags, flow, at: at)
        guard header.flags.isSuperset(of: [.rst, .ack]), header.sequenceNumber == 0,
            case .ethernet(let link) = packet.link, packet.timeToLive?.routersPassed == 0
        else { return }
        noteHolder(flow.source.address, link)
    }

    /// Whoever accepts is there for whom it accepts.
    private mutating func noteServer(_ flags: TCPFlags, _ flow: Flow, at: Instant) {
        if flags.isSuperset(of: [.syn, .ack]) { servers.note(flow.source, to: flow.destination.address, at: at) }
    }

    private mutating func noteAnswer(
        _ flags: TCPFlags, _ link: EthernetHeader, from source: IPAddress, to destination: IPAddress, timeToLive: UInt8,
        frame: Int
    ) {
        if flags.contains(.ack) {
            if timeToLive.routersPassed == 0 { noteHolder(source, link) }
            guard !link.destination.isGroup, let asked = askers[destination], asked.source != link.destination,
                asked.destination == link.source,
                strayed.count < Self.mostKept
            else { return }
            strayed[frame] = link
        } else if timeToLive.routersPassed == 0 {
            askers[source] = link
        }
    }

    /// All that is noted of a segment that opens or resets, as whole and plain as `SegmentOutline.fill(opening:)` takes it.
    mutating func note(opening segment: SegmentOutline, _ link: EthernetHeader, frame: Int, at: Instant) {
        note(isCut: false, at: at, frame: frame)
        crossings.note(segment.header, segment.flow, timeToLive: segment.timeToLive, frame: frame)
        noteServer(segment.header.flags, segment.flow, at: at)
        guard segment.header.flags.contains(.syn) else {
            // A reset that acknowledges a SYN answers for its address as a SYN-ACK does.
            if segment.header.flags.isSuperset(of: [.rst, .ack]), segment.header.sequenceNumber == 0,
                segment.timeToLive.routersPassed == 0
            {
                noteHolder(segment.source, link)
            }
            return
        }
        if LinkLayer.ethernet(link).isLoopback { noteLoopback(to: segment.destination, frame: frame) }
        noteAnswer(
            segment.header.flags, link, from: segment.source, to: segment.destination, timeToLive: segment.timeToLive,
            frame: frame)
    }

    /// Linux's loopback has Ethernet headers, with nothing in them; a cooked header names it.
    mutating func noteDevice(_ packet: Packet, frame: Int) {
        if case .rawIP = packet.link, bare.count < Self.mostKept { bare.insert(frame) }
        if packet.link?.packetType == .toAnother, packet.tcpFlags == nil, toAnother.count < Self.mostKept {
            toAnother.insert(frame)
        }
        guard packet.link?.isLoopback ?? false, let destination = packet.destination else { return }
        noteLoopback(to: destination, frame: frame)
    }

    private mutating func noteLoopback(to destination: IPAddress, frame: Int) {
        guard !destination.isLoopback, loopback.count < Self.mostKept else { return }
        loopback.insert(frame)
    }

    /// What a machine that forwards does with openings and resets, and which taps they pass.
    @inline(__always)
    mutating func noteCrossing(_ packet: Packet, frame: Int) {
        guard packet.encapsulations.isEmpty, let header = packet.tcp else { return }
        crossings.note(packet, header, frame: frame)
    }

    /// Of the machine that captured.
    var localAddresses: Set<IPAddress> { machine.addresses }

    var oddities: CaptureFacts.Oddities {
        var oddities = CaptureFacts.Oddities()
        (oddities.loopback, oddities.bare, oddities.toAnother) = (loopback, bare, toAnother)
        (oddities.holders, oddities.servers) = (holders, servers)
        (oddities.misaddressed, oddities.strayed, oddities.crossings) = (misaddressed, strayed, crossings)
        return oddities
    }

    /// One sentence each.
    var limits: [String] {
        var limits: [String] = []
        if stepsBack > 0 {
            limits.append(
                "the clock went back \(stepsBack == 1 ? "once" : "\(stepsBack) times"), by up to \(largestStep.inSeconds),"
                    + " first at frame \(firstStepFrame): times across that are not to be trusted")
        }
        if late.count > 0 {
            limits.append(
                "\(late.count) packet\(late.count == 1 ? " stands" : "s stand") behind later ones in the file, by up to"
                    + " \(late.most.rounded) ms: taken in the order of their times")
        }
        if let leap {
            limits.append(
                "between frame \(leap.frame - 1) and frame \(leap.frame) lie \(leap.length.nanoseconds / 86_400_000_000_000)"
                    + " days: the clock was set, or captures were put together")
        }
        if cut > 0 {
            limits.append(
                "\(cut) packet\(cut == 1 ? " is" : "s are") cut (snap length): what applications said there is not all kept"
            )
        }
        if unfilled > 0 {
            limits.append(
                "\(unfilled) opening\(unfilled == 1 ? " has a checksum" : "s have checksums") that nobody has filled in yet:"
                    + " captured on the machine that sent it, whose network card does that, or on a virtual link of it")
        }
        return limits
    }
}

extension TimeSpan {
    /// `3.2 s`
    fileprivate var inSeconds: String {
        let tenths = nanoseconds / 100_000_000
        return "\(tenths / 10).\(tenths % 10) s"
    }
}
