/// What a packet travelled in, apart from its frame: the encapsulations, outermost first, and the ends of the innermost
/// tunnel that has addresses.
public struct Carrier: Hashable, Sendable, CustomStringConvertible {
    public var layers: [Encapsulation]
    /// The tunnel's ends, in the packet's direction.
    public var source: IPAddress?
    public var destination: IPAddress?

    /// - Parameter frame: that `packet` was decoded from.
    public init(_ packet: Packet, in frame: Span<UInt8>) {
        layers = []
        for layer in packet.encapsulations {
            if let ends = layer.addresses(in: frame) { (source, destination) = ends }
            layers.append(layer.named)
        }
    }

    /// `vlan 20, VXLAN 77 (10.0.0.1 > 10.0.0.2)`
    public var description: String {
        let names = layers.map(\.description).joined(separator: ", ")
        guard let source, let destination else { return names }
        return "\(names) (\(source) > \(destination))"
    }
}
