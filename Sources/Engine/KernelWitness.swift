import Conversations
import Diagnosis
import HostNetwork
import PacketWire

/// What this machine's kernel drops of the run's packets: watched from before the first one, each drop filed with
/// the attempt whose packet it was.
struct KernelWitness {
    fileprivate struct Key: Hashable {
        var target: Int
        var attempt: Int
    }

    private var monitor: DropMonitor?
    /// In its place where that is not permitted: what was dropped while this process was sending.
    private var sends: SendDropMonitor?
    /// When each packet was being sent, by the monotonic clock.
    private var sendings: [Sending] = []
    /// Where in the kernel each attempt's packets were dropped, in the order of its drops: addresses as long as
    /// nobody asks for names, because looking those up takes a while.
    private var places: [Key: [UInt64]] = [:]
    /// What is kept of one attempt; a flood says nothing that these do not.
    static let mostDrops = 32

    /// Begins to watch; says what is missing where it cannot.
    mutating func open(addresses: [IPAddress]) -> MissingWitness? {
        guard !addresses.isEmpty else { return nil }
        do throws(DropMonitorUnavailable) {
            monitor = try DropMonitor(addresses: addresses)
            return nil
        } catch {
            sends = try? SendDropMonitor()
            return .drops(error, sends: sends != nil)
        }
    }

    /// One packet that was sent, and when.
    struct Sending {
        fileprivate var key: Key
        fileprivate var isTCP: Bool
        fileprivate var nanoseconds: ClosedRange<Int64>

        init(target: Int, attempt: Int, isTCP: Bool, nanoseconds: ClosedRange<Int64>) {
            key = Key(target: target, attempt: attempt)
            self.isTCP = isTCP
            self.nanoseconds = nanoseconds
        }
    }

    init(sendings: [Sending] = []) {
        self.sendings = sendings
    }

    /// Does what sends a packet of an attempt, and remembers when that was where only the time tells whose a drop is.
    mutating func sending<Result, Failure: Error>(
        _ kind: Attempt.Kind, target: Int, attempt: Int, _ body: () throws(Failure) -> Result
    ) throws(Failure) -> Result {
        guard sends != nil, sendings.count < 65_536 else { return try body() }
        let start = Clock.monotonicNanoseconds()
        defer {
            sendings.append(
                Sending(
                    target: target, attempt: attempt, isTCP: kind.transport == .tcp,
                    nanoseconds: start...max(start, Clock.monotonicNanoseconds())))
        }
        return try body()
    }

    /// For the poll loop.
    var descriptor: Int32? { monitor?.descriptor }

    /// Every drop so far was told.
    var watchesDrops: Bool { monitor.map { !$0.hasLostSome } ?? false }

    /// Reads what was dropped since the last time.
    ///
    /// - Parameters:
    ///   - owner: whose packet it is.
    ///   - file: takes the drop; false where there is no place for it any more.
    mutating func read(
        _ clock: RunClock, owner: (Packet) -> (WireWitness.Owner, fromInitiator: Bool)?,
        file: (KernelDrop, _ target: Int, _ attempt: Int) -> Bool
    ) {
        monitor?.read { take($0, clock, owner: owner, file: file) }
        sends?.read { take($0, clock, file: file) }
    }

    /// Files one that only the time tells about: the packet that was being sent then, which with TCP is the SYN.
    mutating func take(
        _ dropped: SendDrop, _ clock: RunClock, file: (KernelDrop, _ target: Int, _ attempt: Int) -> Bool
    ) {
        let at = dropped.monotonicMicroseconds.multipliedReportingOverflow(by: 1_000)
        guard !at.overflow, let sending = sending(at: at.partialValue),
            places[sending.key, default: []].count < Self.mostDrops
        else { return }
        let drop = KernelDrop(
            reason: dropped.reason, place: dropped.place, isOutgoing: true, flags: sending.isTCP ? .syn : nil,
            at: clock.instant(monotonic: at.partialValue))
        if file(drop, sending.key.target, sending.key.attempt) { places[sending.key, default: []].append(0) }
    }

    /// What was being sent at a moment that is known to the nearest microsecond. Where that fits two, the packet is of
    /// the earlier one: a drop comes at the end of a system call, and the later one had hardly begun its own.
    private func sending(at nanoseconds: Int64) -> Sending? {
        func fits(_ sending: Sending) -> Bool {
            sending.nanoseconds.lowerBound - 500 <= nanoseconds && nanoseconds <= sending.nanoseconds.upperBound + 500
        }
        guard let last = sendings.lastIndex(where: fits) else { return nil }
        return sendings[..<last].last.flatMap { fits($0) ? $0 : nil } ?? sendings[last]
    }

    /// Files one.
    mutating func take(
        _ dropped: DroppedPacket, _ clock: RunClock, owner: (Packet) -> (WireWitness.Owner, fromInitiator: Bool)?,
        file: (KernelDrop, _ target: Int, _ attempt: Int) -> Bool
    ) {
        let packet = dropped.packet
        guard case (.attempt(let target, let attempt), let isOutgoing)? = owner(packet) else { return }
        let key = Key(target: target, attempt: attempt)
        guard places[key, default: []].count < Self.mostDrops else { return }
        let drop = KernelDrop(
            reason: dropped.reason, place: nil, interface: DescriptorLimit.interfaceName(dropped.interfaceIndex),
            isOutgoing: isOutgoing, flags: packet.tcp?.flags, isICMP: packet.icmp != nil,
            at: clock.instant(monotonic: dropped.monotonicNanoseconds))
        if file(drop, target, attempt) { places[key, default: []].append(dropped.place) }
    }

    /// Names the functions that dropped the packets of an attempt.
    func namePlaces(of drops: inout [KernelDrop], target: Int, attempt: Int) {
        guard let monitor, let places = places[Key(target: target, attempt: attempt)], places.count == drops.count
        else { return }
        let names = monitor.functions(at: Set(places))
        for index in drops.indices { drops[index].place = names[places[index]] }
    }

    /// Lets go of the kernel.
    mutating func close() {
        monitor = nil
        sends = nil
    }
}
