/// Tells the second sight of a frame that passes a device and the one below it: the kernel's tap sees what a bridge or a
/// bond sends once on that device and once on the port it leaves by (net/core/dev.c, dev_queue_xmit_nit), and what comes
/// in the other way about. One packet that is counted twice would be a retransmission, or a second answer.
struct BridgedCopies {
    /// Which of the watched devices stand upon one another: those of one number. Devices that stand alone have none.
    private let groups: [Int?]
    /// What was let through lately, the latest last.
    private var seen: [Sight] = []

    private struct Sight {
        var group: Int
        var interface: Int
        var unixNanoseconds: Int64
        var bytes: [UInt8]
    }

    /// From one device to the next is the way of one call within the kernel; a retransmission comes 200 ms later at the
    /// soonest (include/net/tcp.h, TCP_RTO_MIN).
    private static let longest: Int64 = 50_000_000
    private static let mostSights = 1_024

    /// - Parameters:
    ///   - interfaces: what is watched, by name.
    ///   - masters: the bridge or bond that a device is a port of.
    init(interfaces: [String], masters: [String: String]) {
        let roots = interfaces.map { masters[$0] ?? $0 }
        groups = roots.map { root in
            roots.count { $0 == root } > 1 ? roots.firstIndex(of: root) : nil
        }
    }

    /// Whether the same bytes have just passed another device of the same group; notes them where they have not.
    mutating func isCopy(_ bytes: [UInt8], interface: Int, unixNanoseconds: Int64) -> Bool {
        guard groups.indices.contains(interface), let group = groups[interface] else { return false }
        seen.removeAll { unixNanoseconds - $0.unixNanoseconds > Self.longest }
        if let index = seen.firstIndex(where: {
            $0.group == group && $0.interface != interface && $0.bytes == bytes
        }) {
            // One sight has one copy: the next that is alike is a packet of its own.
            seen.remove(at: index)
            return true
        }
        if seen.count >= Self.mostSights { seen.removeFirst() }
        seen.append(Sight(group: group, interface: interface, unixNanoseconds: unixNanoseconds, bytes: bytes))
        return false
    }
}
