import CaptureFile
public import Conversations
public import Diagnosis
import HostNetwork
import LiveCapture
import PacketWire

/// What a person asked `capture` for.
public struct CaptureRequest: Sendable {
    /// Nil is the interface of the default route.
    public var interface: String?
    public var filter: String?
    /// Where the packets are kept; nil only watches.
    public var captureFile: String?
    public var packetLimit: Int?
    public var duration: TimeSpan?
    public var snapLength = 262_144

    public init() {}
}

/// Records packets of one interface and says of each connection attempt what came of it, as soon as it is decided.
public final class CaptureRecorder {
    /// Silence that is long enough to be called one: the third SYN has gone unanswered by then.
    private static let silence = TimeSpan.milliseconds(3_500)

    public let interface: String
    private let request: CaptureRequest
    private let clock = RunClock()
    private let handle: DirectedCapture
    private let poller: Poller
    private let interrupts: Interrupts
    private let output: ReplacingFile?
    private var writer: CaptureStreamWriter?
    private var table = ConversationTable()
    private var undecided: [Int: Instant] = [:]
    private var frames = 0
    public private(set) var wasInterrupted = false

    /// Opens everything that needs a privilege; the caller gives it up before `run`.
    public init(_ request: CaptureRequest) throws(ProbeFailure) {
        self.request = request
        interface = try Self.interface(request.interface)
        do throws(CaptureError) {
            if let filter = request.filter { try CaptureHandle.checkFilter(filter) }
            var options = CaptureHandle.Options()
            options.snapLength = request.snapLength
            options.bufferSize = 16 << 20
            handle = try DirectedCapture(
                interface: interface, isLoopback: interface == LoopbackInterface.name, options: options)
            if let filter = request.filter { try handle.setFilter(filter) }
        } catch {
            let hint = error.kind == .noPermission ? "; run with sudo, or once: \(MissingWitness.grantCommand)" : ""
            let kind: ProbeFailure.Kind =
                switch error.kind {
                case .noPermission: .noPermission
                case .badFilter: .usage
                case .noSuchDevice, .deviceDown: .missingInput
                case .other: .system
                }
            throw ProbeFailure(kind, error.description + hint)
        }
        do {
            poller = try Poller()
            interrupts = try Interrupts()
        } catch {
            throw ProbeFailure(.system, error.description)
        }
        do throws(FileError) {
            output = try request.captureFile.map { path throws(FileError) in try ReplacingFile(replacing: path) }
        } catch {
            throw ProbeFailure(.cannotWrite, error.line)
        }
        writer = request.captureFile.map { path in
            CaptureStreamWriter(
                path: path, interface: interface, linkType: handle.linkType, snapLength: handle.snapLength,
                filter: request.filter)
        }
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

    /// Records until the limit, the time, or a signal; `decided` hears of each attempt once.
    public func run(_ decided: (TargetDiagnosis, Conversation) -> Void) throws(ProbeFailure) {
        do {
            for descriptor in handle.descriptors { try poller.add(descriptor, token: 1) }
            try poller.add(interrupts.descriptor, token: 2)
        } catch {
            throw ProbeFailure(.system, error.description)
        }
        let end = request.duration.map { clock.now + $0 }
        while !wasInterrupted, frames < request.packetLimit ?? .max {
            let now = clock.now
            if let end, now >= end { break }
            let wait = min(TimeSpan.milliseconds(200), end.map { $0 - now } ?? .seconds(1))
            poller.wait(nanoseconds: max(1, wait.nanoseconds)) { event in
                if event.token == 2, let signal = interrupts.take(), signal > 0 { wasInterrupted = true }
            }
            try read(decided)
            settleSilent(decided, until: clock.now)
        }
        try read(decided)
        for index in undecided.keys.sorted() { report(index, decided) }
        try finish()
    }

    private func read(_ decided: (TargetDiagnosis, Conversation) -> Void) throws(ProbeFailure) {
        var touched: Set<Int> = []
        do {
            var count = 0
            repeat {
                count = try handle.dispatch(limit: min(1_024, (request.packetLimit ?? .max) - frames)) {
                    header, direction, bytes in
                    frames += 1
                    writer?.append(bytes, header, direction)
                    let packet = Packet.decode(
                        bytes, linkType: handle.linkType, originalLength: header.originalLength)
                    let at = clock.instant(unix: header.unixNanoseconds)
                    let quote = PacketQuote(packet, in: bytes)
                    let index = table.observe(
                        packet, frame: frames, at: at, quote: quote, identifier: packet.datagramIdentifier(in: bytes))
                    if let index { touched.insert(index) }
                }
                try flush()
            } while count >= 1_024 && !wasInterrupted
        } catch let error as FileError {
            throw ProbeFailure(.cannotWrite, error.line)
        } catch {
            throw ProbeFailure(.system, "\(error)")
        }
        for index in touched.sorted() { consider(index, decided) }
    }

    private var reported: Set<Int> = []

    private func consider(_ index: Int, _ decided: (TargetDiagnosis, Conversation) -> Void) {
        guard !reported.contains(index), table.conversations[index].flow != nil else { return }
        switch table.conversations[index].state {
        case .waiting: undecided[index] = table.conversations[index].firstSeen
        case .decided: report(index, decided)
        case .beganBefore: break
        }
    }

    private func settleSilent(_ decided: (TargetDiagnosis, Conversation) -> Void, until now: Instant) {
        for (index, since) in undecided where now - since >= Self.silence { report(index, decided) }
    }

    private func report(_ index: Int, _ decided: (TargetDiagnosis, Conversation) -> Void) {
        undecided[index] = nil
        guard reported.insert(index).inserted else { return }
        guard let facts = table.facts(ofConversation: index, observedUntil: clock.now) else { return }
        decided(facts.diagnose(), table.conversations[index])
    }

    private func flush() throws(FileError) {
        guard let output else { return }
        try writer?.drain(to: output)
    }

    private func finish() throws(ProbeFailure) {
        guard let output else { return }
        do throws(FileError) {
            if let statistics = handle.statistics {
                writer?.end(received: UInt64(frames), dropped: statistics.dropped, at: Clock.unixNanoseconds())
            }
            try flush()
            try output.commit()
        } catch {
            throw ProbeFailure(.cannotWrite, error.line)
        }
    }

    /// Packets recorded, and packets that were lost.
    public var counts: (recorded: Int, lost: UInt64) { (frames, handle.statistics?.dropped ?? 0) }
    /// The wall clock at the run's start, to show times of day.
    public var unixStart: Int64 { clock.unixStart }
}
