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

    /// A place whose value is what the last one left there; a new one has `blank`.
    @inline(__always)
    mutating func place(_ blank: @autoclosure () -> Value) -> UInt32 {
        if let place = free.popLast() { return place }
        values.append(blank())
        return UInt32(truncatingIfNeeded: values.count &- 1)
    }

    /// What stands there stays until the place is used again.
    mutating func release(_ place: UInt32) { free.append(place) }

    /// - Parameter rest: takes its place, so that nothing that it holds stays.
    mutating func remove(at place: UInt32, leaving rest: consuming Value) {
        values[Int(place)] = rest
        release(place)
    }

    /// Lends the value for as long as it takes to look at it.
    func with<Result>(_ place: UInt32, _ body: (borrowing Value) -> Result) -> Result {
        body(values.span[Int(place)])
    }

    /// Lends the value: an array's own subscript gives a copy of it.
    subscript(place: UInt32) -> Value {
        @inline(__always)
        _read { yield values.span[Int(place)] }
        @inline(__always)
        _modify { yield &values[Int(place)] }
    }
}
