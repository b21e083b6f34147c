internal import PacketWire

/// Where in a list something stands, by its hash: open addressing with linear probing over one flat array. It holds
/// hashes and positions only; whether what stands there is what is looked for, the caller knows.
///
/// A packet costs one look, and an entry eight bytes. Hashes come from the network's own numbers, so they are mixed
/// with a seed that nobody outside knows: who chooses the packets must not choose the collisions.
struct PositionIndex: Sendable {
    /// Hash in the upper half, position plus one in the lower; zero is free.
    private var slots: [UInt64]
    private var used = 0

    init() {
        slots = Array(repeating: 0, count: 64)
    }

    /// With room for so many.
    init(capacity: Int) {
        var count = 64
        while count < capacity &* 2 { count &*= 2 }
        slots = Array(repeating: 0, count: count)
    }

    private var mask: Int { slots.count &- 1 }

    /// The position with that hash for which `isWanted` says yes.
    @inline(__always)
    func first(_ hash: UInt32, where isWanted: (Int) -> Bool) -> Int? {
        var slot = Int(hash) & mask
        while true {
            let entry = slots[slot]
            if entry == 0 { return nil }
            if UInt32(truncatingIfNeeded: entry >> 32) == hash {
                let position = Int(UInt32(truncatingIfNeeded: entry)) &- 1
                if isWanted(position) { return position }
            }
            slot = (slot &+ 1) & mask
        }
    }

    /// Adds a position. Positions stay below 2³² - 1.
    mutating func insert(_ hash: UInt32, _ position: Int) {
        if used &* 2 >= slots.count { grow() }
        place(UInt64(hash) << 32 | UInt64(UInt32(truncatingIfNeeded: position &+ 1)))
        used &+= 1
    }

    /// The same thing stands elsewhere now.
    mutating func move(_ hash: UInt32, from old: Int, to new: Int) {
        var slot = Int(hash) & mask
        let wanted = UInt64(hash) << 32 | UInt64(UInt32(truncatingIfNeeded: old &+ 1))
        while slots[slot] != 0 {
            if slots[slot] == wanted {
                slots[slot] = UInt64(hash) << 32 | UInt64(UInt32(truncatingIfNeeded: new &+ 1))
                return
            }
            slot = (slot &+ 1) & mask
        }
    }

    /// Puts a position in the place of the one with that hash, whatever that is of, and returns that; nil where there was
    /// none.
    mutating func replace(_ hash: UInt32, with position: Int) -> Int? {
        if used &* 2 >= slots.count { grow() }
        let entry = UInt64(hash) << 32 | UInt64(UInt32(truncatingIfNeeded: position &+ 1))
        var slot = Int(hash) & mask
        while slots[slot] != 0 {
            let old = slots[slot]
            if UInt32(truncatingIfNeeded: old >> 32) == hash {
                slots[slot] = entry
                return Int(UInt32(truncatingIfNeeded: old)) &- 1
            }
            slot = (slot &+ 1) & mask
        }
        slots[slot] = entry
        used &+= 1
        return nil
    }

    /// The room stays.
    mutating func removeAll() {
        slots = Array(repeating: 0, count: slots.count)
        used = 0
    }

    private mutating func place(_ entry: UInt64) {
        var slot = Int(UInt32(truncatingIfNeeded: entry >> 32)) & mask
        while slots[slot] != 0 { slot = (slot &+ 1) & mask }
        slots[slot] = entry
    }

    private mutating func grow() {
        let old = slots
        slots = Array(repeating: 0, count: old.count &* 4)
        for entry in old where entry != 0 { place(entry) }
    }
}

/// Hashes of what conversations are filed by, the same for both directions.
struct FlowHash: Sendable {
    private let seed: UInt64

    init(seed: UInt64) { self.seed = seed | 1 }

    @inline(__always)
    func callAsFunction(_ transport: Transport, _ a: Endpoint, _ b: Endpoint) -> UInt32 {
        let (one, other) = (fold(a.address, UInt64(a.port)), fold(b.address, UInt64(b.port)))
        return pair(one, other, transport == .tcp ? 6 : 17)
    }

    func callAsFunction(_ subject: Conversation.Subject) -> UInt32 {
        switch subject {
        case .flow(let flow): self(flow.transport, flow.source, flow.destination)
        case .echo(let from, let to, let identifier, let sequence):
            pair(fold(from, 0), fold(to, 0), UInt64(identifier) << 16 | UInt64(sequence) | 1 << 40)
        }
    }

    /// Of one host asking another: not the same the other way.
    func callAsFunction(_ initiator: IPAddress, _ responder: IPAddress) -> UInt32 {
        finish(Self.multiply(fold(initiator, 0) ^ seed, fold(responder, 1) ^ 0xD6E8_FEB8_6659_FD93))
    }

    func callAsFunction(number: UInt32) -> UInt32 {
        finish(Self.multiply(UInt64(number) ^ seed, 0x9E37_79B9_7F4A_7C15))
    }

    @inline(__always)
    private func pair(_ one: UInt64, _ other: UInt64, _ more: UInt64) -> UInt32 {
        let (low, high) = one < other ? (one, other) : (other, one)
        return finish(Self.multiply(low ^ seed, high ^ 0xD6E8_FEB8_6659_FD93) ^ more &* 0x9E37_79B9_7F4A_7C15)
    }

    @inline(__always)
    private func fold(_ address: IPAddress, _ port: UInt64) -> UInt64 {
        switch address {
        case .v4(let address): return UInt64(address.rawValue) << 16 | port
        case .v6(let address):
            let high = UInt64(truncatingIfNeeded: address.rawValue >> 64)
            let low = UInt64(truncatingIfNeeded: address.rawValue)
            return Self.multiply(high ^ seed, low ^ 0xA076_1D64_78BD_642F) ^ port << 48 ^ 1
        }
    }

    @inline(__always)
    private func finish(_ value: UInt64) -> UInt32 {
        let mixed = Self.multiply(value ^ seed, 0xE703_7ED1_A0B4_28DB)
        return UInt32(truncatingIfNeeded: mixed ^ mixed >> 32)
    }

    /// Both halves of a product in one word: every bit of either factor reaches every bit of it.
    @inline(__always)
    private static func multiply(_ a: UInt64, _ b: UInt64) -> UInt64 {
        let product = a.multipliedFullWidth(by: b)
        return product.high ^ product.low
    }
}
