import Conversations
import PacketWire

/// What the quoted packet had become on its way, against the packet as it left our tap.
///
/// A router quotes what it received; so a difference arose before it, and behind the last router whose quote does
/// not show it. An address translator usually translates its quotes back (RFC 5508 section 4.2) and stays unseen.
struct QuoteComparison {
    /// A quote of one of the target's own packets, with the position it came from.
    struct Quoted {
        var hop: Hop
        var sent: SeenPacket
        var local: Endpoint
        var remote: Endpoint
        var quote: PacketQuote
        var error: SeenPacket
    }

    /// The differences, nearest first.
    private(set) var changes: [PathChange] = []

    /// - Parameter quotes: one a position, nearest first.
    init(_ quotes: [Quoted]) {
        var last: [PathChange.Field: (altered: String?, at: Hop)] = [:]
        for quoted in quotes {
            for reading in Self.readings(of: quoted) {
                let before = last[reading.field]
                last[reading.field] = (reading.altered, quoted.hop)
                guard reading.altered != before?.altered else { continue }
                changes.append(
                    PathChange(
                        field: reading.field, before: before?.altered ?? reading.sent, after: reading.seen,
                        afterHop: before?.at, seenAt: quoted.hop, frames: [quoted.sent.frame, quoted.error.frame]))
            }
        }
        for quoted in quotes {
            guard let change = Self.timeToLive(quoted, after: quotes) else { continue }
            changes.append(change)
            break
        }
    }

    /// One field as it left and as it is quoted.
    private struct Reading {
        var field: PathChange.Field
        var sent: String
        var seen: String
        /// Each packet has another value (ports, sequence numbers): only whether it was kept can be compared.
        var isPerPacket = false

        /// What it has become; nil where it is as it left.
        var altered: String? { seen == sent ? nil : isPerPacket ? "another" : seen }
    }

    /// What the quote reaches.
    private static func readings(of quoted: Quoted) -> [Reading] {
        let (quote, sent) = (quoted.quote, quoted.sent)
        var readings = [
            Reading(
                field: .sourceAddress, sent: quoted.local.address.description, seen: quote.source.description),
            Reading(
                field: .destinationAddress, sent: quoted.remote.address.description,
                seen: quote.destination.description),
            Reading(field: .dscp, sent: "\(sent.trafficClass >> 2)", seen: "\(quote.trafficClass >> 2)"),
            Reading(field: .ecn, sent: ecn(sent.trafficClass, sent.tcp?.flags), seen: ecn(quote, like: sent)),
        ]
        if let port = quote.sourcePort {
            readings.append(
                Reading(field: .sourcePort, sent: "\(quoted.local.port)", seen: "\(port)", isPerPacket: true))
        }
        if let port = quote.destinationPort {
            readings.append(Reading(field: .destinationPort, sent: "\(quoted.remote.port)", seen: "\(port)"))
        }
        guard let header = sent.tcp else { return readings }
        if let number = quote.sequenceNumber {
            readings.append(
                Reading(
                    field: .sequenceNumber, sent: "\(header.sequenceNumber)", seen: "\(number)", isPerPacket: true))
        }
        guard let options = quote.options else { return readings }
        func add(_ field: PathChange.Field, _ value: (TCPOptions) -> String?) {
            let (sent, seen) = (value(header.options), value(options))
            readings.append(Reading(field: field, sent: sent ?? PathChange.absent, seen: seen ?? PathChange.absent))
        }
        add(.maximumSegmentSize) { $0.maximumSegmentSize.map { "\($0)" } }
        add(.windowScale) { $0.windowScale.map { "\($0)" } }
        add(.sackPermitted) { $0.sackPermitted ? PathChange.present : nil }
        add(.timestamps) { $0.timestamps == nil ? nil : PathChange.present }
        return readings
    }

    private static func ecn(_ trafficClass: UInt8, _ flags: TCPFlags?) -> String {
        let codepoint = ["Not-ECT", "ECT(1)", "ECT(0)", "CE"][Int(trafficClass & 3)]
        guard let flags else { return codepoint }
        let setup = [(TCPFlags.ece, "ECE"), (.cwr, "CWR")].filter { flags.contains($0.0) }.map(\.1)
        return ([codepoint] + setup).joined(separator: " ")
    }

    /// A quote that ends before the flags says nothing of them.
    private static func ecn(_ quote: PacketQuote, like sent: SeenPacket) -> String {
        ecn(quote.trafficClass, sent.tcp.map { quote.flags ?? $0.flags })
    }

    private static let unequalPaths = 3

    /// In a "time exceeded" 1 is left, or 0 where the router had counted already; in a refusal as much as the
    /// routers before have left of it. There the paths of two packets may differ by a hop or a few, and only more
    /// than that is somebody's doing.
    private static func timeToLive(_ quoted: Quoted, after quotes: [Quoted]) -> PathChange? {
        let sent = Int(quoted.sent.timeToLive)
        let expected: ClosedRange<Int>
        if quoted.error.icmpError?.isTimeExceeded == true {
            expected = 0...1
        } else {
            guard quoted.hop.ttl >= 1, sent > quoted.hop.ttl else { return nil }
            let left = sent - quoted.hop.ttl
            expected = max(0, left - unequalPaths)...left + 1 + unequalPaths
        }
        guard !expected.contains(Int(quoted.quote.timeToLive)) else { return nil }
        let before = quotes.last { $0.hop.ttl < quoted.hop.ttl }
        return PathChange(
            field: .timeToLive, before: "\(max(1, sent - quoted.hop.ttl))", after: "\(quoted.quote.timeToLive)",
            afterHop: before?.hop, seenAt: quoted.hop, frames: [quoted.sent.frame, quoted.error.frame])
    }
}

extension Attempt {
    /// The first error about one of its packets that quotes it, with the packet that it quotes.
    func quoted(at hop: Hop) -> QuoteComparison.Quoted? {
        guard let local, let remote else { return nil }
        for error in packets {
            guard let quote = error.quote, error.icmpError?.isFatalToAttempt == true,
                quote.source.family == remote.family
            else { continue }
            let before = packets.filter { $0.fromInitiator && $0.at <= error.at && $0.icmpError == nil }
            let same = before.last { $0.identification != nil && $0.identification == quote.identification }
            guard let sent = same ?? before.last else { continue }
            return QuoteComparison.Quoted(
                hop: hop, sent: sent, local: local, remote: Endpoint(remote, kind.port ?? 0), quote: quote,
                error: error)
        }
        return nil
    }
}
