import PacketWire

/// What it means that the same router stands at more than one place of the target's own ladder.
extension PathView {
    /// Two routers or more that come again, and never one of them twice in a row: the packets run in a circle. One
    /// router alone that comes again proves none.
    var circle: [IPAddress] {
        let places = expiries
        var seen: [IPAddress: Int] = [:]
        for place in places { seen[place.address, default: 0] += 1 }
        let again = seen.filter { $0.value >= 2 }
        return again.count >= 2 && !Self.isTwiceInARow(places) ? again.keys.sorted() : []
    }

    /// A router comes again behind another one. Packets whose TTL is set anew run out where they first did, and not before
    /// that once more.
    var comesBack: Bool {
        let addresses = expiries.map(\.address)
        return addresses.indices.contains { index in
            index > 0 && addresses[index] != addresses[index - 1] && addresses[..<index].contains(addresses[index])
        }
    }

    /// The place of a router at which packets run out of TTL however long they were to live, and behind which no other
    /// says so: two TTLs in a row at least, which no circle does.
    var sticking: Hop? {
        let places = expiries
        guard let last = places.last, let first = places.firstIndex(where: { $0.address == last.address }) else {
            return nil
        }
        let same = Array(places[first...])
        guard Self.isTwiceInARow(same), same.allSatisfy({ $0.address == last.address }) else { return nil }
        return Hop(ttl: places[first].timeToLive, address: last.address)
    }

    /// A router that comes again after as many hops each time, three times at least, and between that nobody says anything:
    /// a circle of which all others are mute. Its first place, and how long the circle is.
    var halfMuteCircle: (first: Hop, length: Int, places: [Int])? {
        let places = expiries
        guard let last = places.last else { return nil }
        let same = Array(places.reversed().prefix { $0.address == last.address }.reversed())
        let gaps = Set(zip(same, same.dropFirst()).map { $1.timeToLive - $0.timeToLive })
        guard same.count >= 3, gaps.count == 1, let length = gaps.first, length > 1, let first = same.first else {
            return nil
        }
        return (Hop(ttl: first.timeToLive, address: first.address), length, same.map(\.timeToLive))
    }

    private static func isTwiceInARow(_ places: [(timeToLive: Int, address: IPAddress)]) -> Bool {
        zip(places, places.dropFirst()).contains { $0.address == $1.address && $1.timeToLive == $0.timeToLive + 1 }
    }

    /// Which routers said of the target's packets that the TTL ran out, nearest first.
    private var expiries: [(timeToLive: Int, address: IPAddress)] {
        hops.compactMap { hop in
            guard case .timeExceeded(let address) = hop.target else { return nil }
            return (hop.ttl, address)
        }
    }
}
