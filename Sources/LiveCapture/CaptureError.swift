/// A capture that could not be opened or went wrong. libpcap's own text is detail for a person, never matched on.
public struct CaptureError: Error, Sendable, Hashable, CustomStringConvertible {
    public enum Kind: Sendable, Hashable {
        case noPermission
        case noSuchDevice
        case deviceDown
        case badFilter
        case other
    }

    public var kind: Kind
    public var interface: String
    public var detail: String

    public init(_ kind: Kind, interface: String, detail: String) {
        self.kind = kind
        self.interface = interface
        self.detail = detail
    }

    public var description: String {
        switch kind {
        case .noPermission: "no permission to capture on \(interface)"
        case .noSuchDevice: "there is no interface '\(interface)'"
        case .deviceDown: "interface \(interface) is down"
        case .badFilter: "cannot use the capture filter: \(detail)"
        case .other: "cannot capture on \(interface): \(detail)"
        }
    }
}
