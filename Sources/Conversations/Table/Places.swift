/// Values that conversations refer to by place: they never move, and the places of those that are gone are used again.
struct Places<Value: Sendable>: Sendable {
    private var values: [Value] = []
    private var free: [UInt32] = []

    mutating func reserveCapacity(_ count: Int) { values.reserveCapacity(count) }

    /// Returns the value's place.
    @inline(__always)
    mutating func add(_ value: consuming Value) -> UInt32 {
        if let place = free.popLast() {
            values[Int(place)] = value
            return place
        }
        values.append(value)
        return UInt32(truncatingIfNeeded: values.count &- 1)
    }

    /// - Parameter rest: takes its place, so that nothing that it holds stays.
    mutating func remove(at place: UInt32, leaving rest: consuming Value) {
        values[Int(place)] = rest
        free.append(place)
    }

    subscript(place: UInt32) -> Value {
        @inline(__always)
        _read { yield values[Int(place)] }
        @inline(__always)
        _modify { yield &values[Int(place)] }
    }
}
