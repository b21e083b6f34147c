public import PacketWire

/// An address and the names the capturing machine knew for it: one record of a name resolution block.
public struct NameRecord: Hashable, Sendable {
    public var address: IPAddress
    public var names: [String]

    public init(_ address: IPAddress, _ names: [String]) {
        self.address = address
        self.names = names
    }
}
