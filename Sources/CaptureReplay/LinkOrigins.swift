import PacketWire

/// Between which link addresses hosts send, for some of the latest: a place each, which the next one with the same takes
/// over.
struct LinkOrigins: Sendable {
    private var places: [(address: IPAddress, link: EthernetHeader)?] = []

    private static let count = 256

    private static func place(_ address: IPAddress) -> Int {
        switch address {
        case .v4(let address): Int(truncatingIfNeeded: address.rawValue) & (count - 1)
        case .v6(let address): Int(truncatingIfNeeded: address.rawValue) & (count - 1)
        }
    }

    subscript(address: IPAddress) -> EthernetHeader? {
        get {
            guard !places.isEmpty, let known = places[Self.place(address)], known.address == address else { return nil }
            return known.link
        }
        set {
            if places.isEmpty { places = Array(repeating: nil, count: Self.count) }
            places[Self.place(address)] = newValue.map { (address, $0) }
        }
    }
}
