import CaptureFile
public import Conversations
public import Diagnosis
import HostNetwork
import LiveCapture
import PacketWire

/// Records packets of one interface, in files that are complete at every moment, and says of each connection attempt
/// what came of it, as soon as it is decided.
///
/// The kernel delivers in blocks, a tenth of a second apart where little comes: that is what lets a busy interface be
/// recorded without loss. Recording goes before following: where packets come faster than they can be taken apart,
/// nothing is said of attempts until it is calm again, and that is said.
public final class CaptureRecorder {
    /// As many packets as are taken between two looks at the clock.
    private static let batch = 4_096
    /// So long without an empty buffer in the kernel is more than a burst.
    private static let longBusy = TimeSpan.milliseconds(300)
    private static let longCalm = TimeSpan.seconds(2)
    /// The kernel closes a block that is not full after a tenth of a second, or two.
    private static let blockDelay = TimeSpan.milliseconds(250)

    public let interface: String
    let request: CaptureRequest
    let clock = RunClock()
    let handle: CaptureHandle
    private let poller: Poller
    private let interrupts: Interrupts
    private let direction: DirectionRule
    private let output: RecordingOutput?
    private var handshakes: HandshakeFilter?
    private var snapshots: SnapshotWriter?
    private var follower: AttemptFollower?
    private var busySince: Instant?
    private var calmSince: Instant?
    private var notFollowed = 0
    private var frames = 0
    private var counts = CaptureHandle.Statistics()
    private var lossSaid: (lost: UInt64, at: Instant)?
    public private(set) var wasInterrupted = false

    /// Opens everything that needs a privilege; the caller gives it up before `run`.
    public init(_ request: CaptureRequest) throws(ProbeFailure) {
        self.request = request
        interface = try Self.interface(request.interface)
        do throws(CaptureError) {
            if let filter = request.filter { try CaptureHandle.checkFilter(filter) }
            var options = CaptureHandle.Options()
            options.snapLength = request.snapLength
            options.bufferSize = request.bufferBytes
            options.isImmediate = false
            options.isPromiscuous = request.isPromiscuous
            handle = try CaptureHandle(interface: interface, options: options)
            if let filter = request.filter { try handle.setFilter(filter) }
        } catch {
            throw Self.failure(error)
        }
        do {
            poller = try Poller()
            interrupts = try Interrupts(withUserSignal: true)
        } catch {
            throw ProbeFailure(.system, error.description)
        }
        direction = Self.directionRule(interface, handle.linkType)
        let path = request.captureFile
        let header = RecordingHeader(
            format: path.map(RecordingHeader.format) ?? .pcapng, interface: interface, linkType: handle.linkType,
            snapLength: handle.snapLength, filter: request.filter, isHandshakesOnly: request.handshakesOnly)
        do throws(FileError) {
            let now = RecordingOutput.Now(monotonic: clock.now, unixNanoseconds: Clock.unixNanoseconds())
            output = try path.map { path throws(FileError) in
                try RecordingOutput(path: path, limits: request.ring, header: header, now: now)
            }
        } catch {
            throw ProbeFailure(.cannotWrite, error.line)
        }
        if request.handshakesOnly, path != nil { handshakes = HandshakeFilter() }
        var whole = header
        whole.isHandshakesOnly = false
        snapshots = request.snapshot.map { span in
            SnapshotWriter(
                path: path ?? request.snapshotPath(interface), header: whole, spanNanoseconds: span.nanoseconds,
                bytes: request.snapshotBytes)
        }
        if request.followsAttempts { follower = AttemptFollower() }
    }

    private static func failure(_ error: CaptureError) -> ProbeFailure {
        let hint = error.kind == .noPermission ? "; run with sudo, or once: \(MissingWitness.grantCommand)" : ""
        let kind: ProbeFailure.Kind =
            switch error.kind {
            case .noPermission: .noPermission
            case .badFilter: .usage
            case .noSuchDevice, .deviceDown: .missingInput
            case .other: .system
            }
        return ProbeFailure(kind, error.description + hint)
    }

    private static func interface(_ name: String?) throws(ProbeFailure) -> String {
        if let name {
            guard name == "any" || DescriptorLimit.interfaceIndex(name) != nil else {
                throw ProbeFailure(.missingInput, "there is no interface '\(name.escapedForDisplay)'; see: ip link")
            }
            return name
        }
        // Only looked up: TEST-NET-3 and the documentation prefix stand for "anywhere".
        for destination in ["203.0.113.1", "2001:db8::1"].compactMap({ IPAddress($0) }) {
            if case .route(let route)? = try? Route.lookup(to: destination), let interface = route.interface {
                return interface
            }
        }
        return "any"
    }

    /// A port of a bridge passes on the frames of others under their addresses.
    private static func directionRule(_ name: String, _ linkType: LinkType) -> DirectionRule {
        let interface = (try? Interface.all())?.first { $0.name == name }
        return DirectionRule(linkType: linkType, ownAddress: interface?.master == nil ? interface?.linkAddress : nil)
    }

    /// Records until the limit, the time, or a signal.
    ///
    /// - Parameters:
    ///   - notice: hears what a person should know meanwhile, a line each; also from another thread.
    ///   - decided: hears of each attempt once.
    public func run(
        notice: @escaping @Sendable (String) -> Void, _ decided: (TargetDiagnosis, Conversation) -> Void
    ) throws(ProbeFailure) {
        do {
            try poller.add(handle.descriptor, token: 1)
            try poller.add(interrupts.descriptor, token: 2)
        } catch {
            throw ProbeFailure(.system, error.description)
        }
        do {
            try record(notice, decided)
        } catch let error as FileError {
            throw ProbeFailure(.cannotWrite, error.line + kept)
        } catch let error as CaptureError {
            // What was recorded until then is as good as ever.
            try? output?.end(handle.statistics, now)
            throw ProbeFailure(.system, error.description + kept)
        } catch {
            throw ProbeFailure(.system, "\(error)")
        }
    }

    private func record(_ notice: @escaping @Sendable (String) -> Void, _ decided: AttemptFollower.Decided) throws {
        let end = request.duration.map { clock.now + $0 }
        var nextSecond = clock.now + .seconds(1)
        while !wasInterrupted, frames < request.packetLimit ?? .max {
            let count = try read(decided)
            let now = clock.now
            while let signal = interrupts.take() {
                if signal == Interrupts.userSignal { snapshot(notice) } else { wasInterrupted = true }
            }
            if let end, now >= end { break }
            if now >= nextSecond || output?.isOver(at: now) == true {
                try settle(notice)
                nextSecond = now + .seconds(1)
            }
            pace(count, now, notice)
            follower?.settle(at: now, decided)
            guard count == 0 else { continue }
            try output?.flush()
            let wait = min(TimeSpan.milliseconds(200), end.map { $0 - now } ?? .seconds(1))
            poller.wait(nanoseconds: max(1, wait.nanoseconds)) { _ in }
        }
        try readRest(decided)
        try handshakes?.finish(at: Clock.unixNanoseconds(), write)
        follower?.finish(at: clock.now, decided)
        notFollowed += follower?.notFollowed ?? 0
        counts = handle.statistics ?? counts
        try output?.end(counts, now)
    }

    private var now: RecordingOutput.Now {
        RecordingOutput.Now(monotonic: clock.now, unixNanoseconds: Clock.unixNanoseconds())
    }

    /// Takes what has arrived, for a batch at most; returns how many packets it was.
    private func read(until end: Int64 = .max, _ decided: AttemptFollower.Decided) throws -> Int {
        let room = (request.packetLimit ?? .max) - frames
        return try handle.dispatch(limit: min(Self.batch, room)) { header, bytes in
            guard header.unixNanoseconds <= end else { return }
            frames &+= 1
            let direction = direction.direction(of: bytes)
            snapshots?.memory.append(bytes, header, direction)
            if handshakes == nil { try write(bytes, header, direction) }
            guard follower != nil || handshakes != nil else { return }
            let packet = Packet.decode(bytes, linkType: handle.linkType, originalLength: header.originalLength)
            try handshakes?.take(packet, bytes, header, direction, write)
            follower?.observe(
                packet, in: bytes, frame: frames, at: clock.instant(unix: header.unixNanoseconds), decided)
        }
    }

    private func write(
        _ frame: Span<UInt8>, _ header: CaptureHandle.Header, _ direction: PacketDirection?
    ) throws {
        guard let output else { return }
        if output.isFull(beforeFrame: frame.count) { try output.rotate(handle.statistics, now) }
        try output.append(frame, header, direction)
    }

    /// What came before the end may stand in a block that the kernel has not closed yet.
    private func readRest(_ decided: AttemptFollower.Decided) throws {
        let last = Clock.unixNanoseconds()
        let deadline = clock.now + Self.blockDelay
        while frames < request.packetLimit ?? .max {
            if try read(until: last, decided) > 0 { continue }
            let left = deadline - clock.now
            guard left > .zero else { return }
            poller.remove(interrupts.descriptor)
            poller.wait(nanoseconds: left.nanoseconds) { _ in }
        }
    }

    /// Once a second, and when a file has covered its time.
    private func settle(_ notice: (String) -> Void) throws {
        if let present = handle.statistics { counts = present }
        try handshakes?.expire(at: Clock.unixNanoseconds(), write)
        if let output {
            if output.isOver(at: clock.now) { try output.rotate(counts, now) }
            try output.settle(counts, now)
        }
        // At once, and then every ten seconds while it goes on.
        guard counts.lost > lossSaid?.lost ?? 0 else { return }
        if let lossSaid, clock.now - lossSaid.at < .seconds(10) { return }
        lossSaid = (counts.lost, clock.now)
        notice("\(Self.loss(counts)) so far")
    }

    /// Following attempts costs several times what recording does: it stops where it would cost packets.
    private func pace(_ count: Int, _ now: Instant, _ notice: (String) -> Void) {
        guard request.followsAttempts else { return }
        if count < Self.batch {
            busySince = nil
        } else {
            busySince = busySince ?? now
            calmSince = nil
        }
        if follower != nil, let busySince, now - busySince >= Self.longBusy {
            notFollowed += follower?.notFollowed ?? 0
            follower = nil
            notice("more packets than can be followed: nothing is said of attempts until it is calmer")
        } else if follower == nil, busySince == nil {
            calmSince = calmSince ?? now
            guard let calmSince, now - calmSince >= Self.longCalm else { return }
            follower = AttemptFollower()
            notice("calm again: attempts are followed")
        }
    }

    private func snapshot(_ notice: @escaping @Sendable (String) -> Void) {
        guard snapshots != nil else {
            counts = handle.statistics ?? counts
            notice("\(frames) packets so far\(counts.lost > 0 ? ", \(Self.loss(counts))" : "")")
            return
        }
        snapshots?.write(at: Clock.unixNanoseconds(), notice)
    }

    /// `12 lost by the capture, 3 by the interface`
    private static func loss(_ counts: CaptureHandle.Statistics) -> String {
        let byInterface = counts.droppedByInterface > 0 ? ", \(counts.droppedByInterface) by the interface" : ""
        return "\(counts.dropped) lost by the capture\(byInterface)"
    }

    private var kept: String {
        output.map { "; \($0.packets) whole packets are kept in \($0.place)" } ?? ""
    }

    /// What there is to say at the end: `8 packets, kept in x.pcapng, 2 lost by the capture`.
    public var summary: String {
        var parts = ["\(frames) packets"]
        if let output {
            parts.append("\(handshakes == nil ? "" : "\(output.packets) of them ")kept in \(output.place)")
        }
        if let handshakes, handshakes.forgottenPackets + handshakes.forgottenConversations > 0 {
            parts.append(
                "\(handshakes.forgottenPackets) of failing conversations and \(handshakes.forgottenConversations) "
                    + "conversations forgotten for lack of memory")
        }
        if counts.lost > 0 { parts.append(Self.loss(counts)) }
        if notFollowed > 0 { parts.append("\(notFollowed) of attempts too many to follow") }
        return parts.joined(separator: ", ")
    }

    /// The wall clock at the run's start, to show times of day.
    public var unixStart: Int64 { clock.unixStart }
}
