/// A range of a frame in eight bytes instead of sixteen: packets hold several, and their size is what copying
/// them costs. Offsets beyond 4 GiB, which no frame has, are clamped.
@frozen
@usableFromInline
struct PackedRange: Hashable, Sendable {
    @usableFromInline var lower: UInt32
    @usableFromInline var upper: UInt32

    @inlinable
    init(_ range: Range<Int>) {
        lower = UInt32(clamping: range.lowerBound)
        upper = UInt32(clamping: range.upperBound)
    }

    @inlinable
    var range: Range<Int> { Int(lower)..<Int(max(lower, upper)) }
}
