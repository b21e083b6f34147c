/// Fowler, Noll and Vo's hash, 64 bits (draft-eastlake-fnv): for telling things apart that nobody chooses to collide, and
/// the same in every run.
@frozen
public struct FNV1a: Hashable, Sendable {
    public private(set) var value: UInt64 = 0xCBF2_9CE4_8422_2325

    public init() {}

    /// Takes one byte, or a word as if it were one.
    public mutating func add(_ word: UInt64) {
        value = (value ^ word) &* 0x100_0000_01B3
    }

    public mutating func add(_ bytes: Span<UInt8>) {
        for index in bytes.indices { add(UInt64(bytes[index])) }
    }
}
