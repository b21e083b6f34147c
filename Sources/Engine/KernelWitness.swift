import Conversations
import Diagnosis
import HostNetwork
import PacketWire

/// What this machine's kernel drops of the run's packets: watched from before the first one, each drop filed with
/// the attempt whose packet it was.
struct KernelWitness {
    private struct Key: Hashable {
        var target: Int
        var attempt: Int
    }

    private var monitor: DropMonitor?
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
            return .drops(error)
        }
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
        guard let monitor else { return }
        monitor.read { take($0, clock, owner: owner, file: file) }
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
    mutating func close() { monitor = nil }
}
