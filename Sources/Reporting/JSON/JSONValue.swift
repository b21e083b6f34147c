/// A JSON document in the order in which it is to be read.
///
/// Why not `JSONEncoder`: its keys come out sorted by the alphabet or in no order at all, so that `schema` and
/// `verdict` stand somewhere in the middle; it drops nil instead of writing `null` unless every container is
/// written by hand; and a time becomes a binary fraction (`0.30000000000000004`). A person reads these reports
/// as often as a program does, and writing JSON, unlike reading it, is fifty lines.
enum JSONValue: Sendable, Hashable {
    case null
    case boolean(Bool)
    case integer(Int64)
    /// `units` times ten to the minus `places`: 1234 and 3 is `1.234`, exactly.
    case decimal(units: Int64, places: Int)
    case string(String)
    case array([JSONValue])
    case object([Member])

    struct Member: Sendable, Hashable {
        var name: String
        var value: JSONValue

        init(_ name: String, _ value: JSONValue) {
            self.name = name
            self.value = value
        }
    }

    /// A code of the report contract.
    static func code(_ value: (some RawRepresentable<String>)?) -> JSONValue {
        optional(value) { .string($0.rawValue) }
    }

    /// What the contract lists is always there: nothing is `null`, never absent.
    static func optional<Value>(_ value: Value?, _ convert: (Value) -> JSONValue) -> JSONValue {
        value.map(convert) ?? .null
    }

    var isContainer: Bool {
        switch self {
        case .array, .object: true
        case .null, .boolean, .integer, .decimal, .string: false
        }
    }
}
