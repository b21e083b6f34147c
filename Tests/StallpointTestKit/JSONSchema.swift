/// A schema of JSON Schema draft 2020-12, as far as this project's schemas use it.
///
/// A keyword that it does not know is an error, not a rule that silently never applies.
public struct JSONSchema: Sendable {
    private let root: JSONDocument

    /// Where a document is not as the schema says.
    public struct Violation: Hashable, Sendable, CustomStringConvertible {
        /// `$.diagnoses[0].zones`
        public var path: String
        public var problem: String

        public var description: String { "\(path): \(problem)" }
    }

    public init(_ root: JSONDocument) {
        self.root = root
    }

    /// Everything wrong with a document; empty when it is valid.
    ///
    /// - Parameter definition: check against `#/$defs/…` instead of the whole schema.
    public func violations(in document: JSONDocument, definition: String? = nil) -> [Violation] {
        guard let definition else { return violations(document, root, "$") }
        return violations(document, .object(["$ref": .string("#/$defs/\(definition)")]), "$")
    }

    private func violations(_ value: JSONDocument, _ schema: JSONDocument, _ path: String) -> [Violation] {
        if case .bool(let allowed) = schema { return allowed ? [] : [Violation(path: path, problem: "not allowed")] }
        guard case .object(let keywords) = schema else { return [Violation(path: path, problem: "bad schema")] }
        return keywords.sorted { $0.key < $1.key }.flatMap { keyword, rule in
            check(value, keyword, rule, among: keywords, path)
        }
    }

    private func check(
        _ value: JSONDocument, _ keyword: String, _ rule: JSONDocument, among keywords: [String: JSONDocument],
        _ path: String
    ) -> [Violation] {
        func fail(_ problem: String) -> [Violation] { [Violation(path: path, problem: problem)] }
        switch (keyword, rule) {
        case ("$schema", _), ("$id", _), ("$defs", _), ("title", _), ("description", _), ("format", _):
            return []
        case ("$ref", .string(let reference)):
            guard let target = resolve(reference) else { return fail("unknown $ref \(reference)") }
            return violations(value, target, path)
        case ("type", .string(let name)):
            return value.isOfType(name) ? [] : fail("not of type \(name)")
        case ("type", .array(let names)):
            return names.contains { value.isOfType($0.text ?? "") } ? [] : fail("of none of the types")
        case ("const", _):
            return value == rule ? [] : fail("not the constant")
        case ("enum", .array(let values)):
            return values.contains(value) ? [] : fail("not one of the \(values.count) values: \(value)")
        case ("required", .array(let names)):
            guard case .object(let members) = value else { return [] }
            return names.compactMap(\.text).filter { members[$0] == nil }.flatMap { fail("lacks \($0)") }
        case ("properties", .object(let schemas)):
            guard case .object(let members) = value else { return [] }
            return schemas.sorted { $0.key < $1.key }.flatMap { name, schema in
                members[name].map { violations($0, schema, "\(path).\(name)") } ?? []
            }
        case ("additionalProperties", _):
            guard case .object(let members) = value else { return [] }
            var known: Set<String> = []
            if case .object(let schemas)? = keywords["properties"] { known = Set(schemas.keys) }
            return members.filter { !known.contains($0.key) }.sorted { $0.key < $1.key }.flatMap { name, member in
                violations(member, rule, "\(path).\(name)")
            }
        case ("items", _):
            return value.elements.enumerated().flatMap { violations($0.element, rule, "\(path)[\($0.offset)]") }
        case ("minimum", .number(let least)):
            if case .number(let number) = value, number < least { return fail("less than \(least)") }
            return []
        case ("maximum", .number(let most)):
            if case .number(let number) = value, number > most { return fail("more than \(most)") }
            return []
        case ("oneOf", .array(let schemas)):
            let count = schemas.count { violations(value, $0, path).isEmpty }
            return count == 1 ? [] : fail("matches \(count) of \(schemas.count) alternatives, not one")
        case ("anyOf", .array(let schemas)):
            return schemas.contains { violations(value, $0, path).isEmpty } ? [] : fail("matches no alternative")
        default:
            return fail("this validator does not know the keyword \(keyword) in that form")
        }
    }

    /// `#/$defs/name` and nothing else.
    private func resolve(_ reference: String) -> JSONDocument? {
        let prefix = "#/$defs/"
        guard reference.hasPrefix(prefix) else { return nil }
        return root["$defs"]?[String(reference.dropFirst(prefix.count))]
    }
}

extension JSONDocument {
    /// The types of section 4.2.1; an integer is a number without a fraction.
    fileprivate func isOfType(_ name: String) -> Bool {
        switch (name, self) {
        case ("null", .null), ("boolean", .bool), ("number", .number), ("string", .string), ("array", .array),
            ("object", .object):
            true
        case ("integer", .number(let number)): number.rounded() == number
        default: false
        }
    }
}
