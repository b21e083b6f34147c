/// Why a run could not do what was explicitly asked for; one line for a person.
public struct ProbeFailure: Error, Sendable, CustomStringConvertible {
    public enum Kind: Sendable {
        case usage
        case missingInput
        case cannotWrite
        case noPermission
        case system
    }

    public var kind: Kind
    public var description: String

    public init(_ kind: Kind, _ description: String) {
        self.kind = kind
        self.description = description
    }
}
