import Conversations
import PacketWire

/// Who accepts connections, when, and for whom: for some of the busiest, as a place each. That a port serves others at a
/// time at which it does not serve one client is known of all of a capture, whatever share of it is judged.
struct AnsweringServers: Sendable {
    fileprivate struct Span: Sendable {
        var first = Instant.zero
        var last = Instant.zero
        /// Two of those who were served.
        var client: IPAddress?
        var other: IPAddress?
    }

    /// The latest time stands by itself: nearly all that is noted changes nothing but that.
    fileprivate struct Place: Sendable {
        var server: Endpoint?
        var latest = Span()
        /// In the order of time.
        var earlier: [Span] = []
    }

    private var places: [Place] = []

    private static let count = 1_024
    fileprivate static let mostSpans = 64
    /// What is told of one time.
    fileprivate static let longest = TimeSpan.seconds(10)
    /// A server that nobody was served by for so long may give its place away.
    private static let oldest = TimeSpan.seconds(300)
    /// So long before and behind, one that serves is one that served in between: its host was not away.
    private static let near = TimeSpan.seconds(30)

    private static func place(_ server: Endpoint) -> Int {
        let address: UInt64 =
            switch server.address {
            case .v4(let address): UInt64(address.rawValue)
            case .v6(let address):
                UInt64(truncatingIfNeeded: address.rawValue) ^ UInt64(truncatingIfNeeded: address.rawValue >> 64)
            }
        let mixed = (address << 16 ^ address >> 48 ^ UInt64(server.port)) &* 0x9E37_79B9_7F4A_7C15
        return Int(truncatingIfNeeded: mixed >> 40) & (count - 1)
    }

    mutating func note(_ server: Endpoint, to client: IPAddress, at: Instant) {
        if places.isEmpty { places = Array(repeating: Place(), count: Self.count) }
        let place = Self.place(server)
        if places[place].server == server {
            places[place].note(client, at)
        } else if places[place].server == nil || at - places[place].latest.last >= Self.oldest {
            places[place] = Place(server: server, latest: Span(first: at, last: at, client: client))
        }
    }

    /// Another client than this one, which the server served at that time: before and behind it, or in the middle.
    func client(besides client: IPAddress, of server: Endpoint, from first: Instant, to last: Instant) -> IPAddress? {
        let near = spans(of: server, besides: client).filter { span in
            span.last + Self.near >= first && last + Self.near >= span.first
        }
        let isBefore = near.contains { $0.first <= first }
        let isBehind = near.contains { $0.last >= last }
        let isBetween = near.contains { $0.first >= first && $0.first <= last }
        guard isBefore && isBehind || isBetween && last - first >= .seconds(1) else { return nil }
        return near.lazy.compactMap { $0.names(besides: client) }.first
    }

    /// The same, and only one that was served in the middle.
    func client(
        besides client: IPAddress, of server: Endpoint, between first: Instant, and last: Instant
    ) -> IPAddress? {
        spans(of: server, besides: client).first { span in
            [span.first, span.last].contains { first < $0 && $0 < last }
        }?.names(besides: client)
    }

    private func spans(of server: Endpoint, besides client: IPAddress) -> [Span] {
        guard !places.isEmpty else { return [] }
        let place = Self.place(server)
        guard places[place].server == server else { return [] }
        return (places[place].earlier + [places[place].latest]).filter { $0.names(besides: client) != nil }
    }
}

extension AnsweringServers.Place {
    @inline(__always)
    fileprivate mutating func note(_ client: IPAddress, _ at: Instant) {
        guard at - latest.first < AnsweringServers.longest else { return begin(client, at) }
        if at > latest.last { latest.last = at }
        if latest.other == nil, client != latest.client { latest.other = client }
    }

    @inline(never)
    private mutating func begin(_ client: IPAddress, _ at: Instant) {
        if earlier.count == AnsweringServers.mostSpans { earlier.removeFirst() }
        earlier.append(latest)
        latest = AnsweringServers.Span(first: at, last: at, client: client)
    }
}

extension AnsweringServers.Span {
    fileprivate func names(besides own: IPAddress) -> IPAddress? {
        if let client, client != own { return client }
        return other
    }
}
