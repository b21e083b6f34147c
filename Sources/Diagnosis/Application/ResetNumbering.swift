import Conversations
import PacketWire

/// Whether a reset bears an IPv4 identification that its sender's other packets of the connection lead up to.
///
/// Most stacks count the packets of a connection, or all that they send, one by one (RFC 6864 section 4 asks for uniqueness only,
/// and Linux counts per socket: include/net/ip.h, ip_select_ident_segs). Whoever forges a reset from the side copies the TTL
/// more easily than a count. Where no count shows, because the numbers are 0, random or too few, nothing is said: Linux
/// itself sends 0 in a SYN-ACK, and in a reset for a connection that it does not know. IPv6 has no such field.
enum ResetNumbering: Hashable {
    case unknown
    case continues
    /// - Parameters:
    ///   - number: the reset's own.
    ///   - last: where the count stood.
    case foreign(number: UInt16, last: UInt16)

    /// A count that is shared with other connections leaves gaps.
    private static let gap: UInt16 = 64
    /// So far from every number of a count none of its own packets is.
    private static let far: UInt16 = 2_048

    /// - Parameter answers: all that came in the far end's name, in the order in which it came.
    init(of reset: SeenPacket, among answers: [SeenPacket]) {
        self = .unknown
        guard let number = reset.countedIdentification else { return }
        let others = answers.filter { $0.frame != reset.frame && $0.tcp?.flags.contains(.rst) == false }
        let count = others.compactMap(\.countedIdentification)
        // Two in a row by chance: one in a thousand.
        guard count.count >= 2, zip(count, count.dropFirst()).allSatisfy({ (1...Self.gap).contains($1 &- $0) }) else {
            return
        }
        let before = others.filter { $0.at <= reset.at }.compactMap(\.countedIdentification).last
        if let before, (1...Self.gap).contains(number &- before) {
            self = .continues
        } else if count.allSatisfy({ min(number &- $0, $0 &- number) > Self.far }) {
            self = .foreign(number: number, last: before ?? count[0])
        }
    }
}

extension SeenPacket {
    /// Zero says nothing (RFC 6864 section 4.1), and IPv6 has none but in fragments.
    fileprivate var countedIdentification: UInt16? {
        guard source.family == .v4, let identification, let number = UInt16(exactly: identification), number != 0 else {
            return nil
        }
        return number
    }
}
