/// Something that was seen in a frame.
public struct Seen<Value: Sendable & Hashable>: Sendable, Hashable {
    public var value: Value
    public var frame: Int
    public var at: Instant
}
