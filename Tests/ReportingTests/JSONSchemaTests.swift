import StallpointTestKit
import Testing

/// The validator itself: for each keyword a document that passes and one that must not.
@Suite struct JSONSchemaTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var schema: String
        var good: [String]
        var bad: [String]

        var testDescription: String { schema }
    }

    static let cases: [Case] = [
        Case(schema: #"{"type": "string"}"#, good: [#""a""#], bad: ["1", "null", "[]", "{}", "true"]),
        Case(schema: #"{"type": "integer"}"#, good: ["1", "-3", "2.0"], bad: ["1.5", #""1""#]),
        Case(schema: #"{"type": "number"}"#, good: ["1", "1.5"], bad: ["true", "null"]),
        Case(schema: #"{"type": "boolean"}"#, good: ["true"], bad: ["1", "null"]),
        Case(schema: #"{"type": ["number", "null"]}"#, good: ["1.5", "null"], bad: [#""x""#, "{}"]),
        Case(schema: #"{"enum": ["a", "b", null]}"#, good: [#""a""#, "null"], bad: [#""c""#, "1"]),
        Case(schema: #"{"const": "a"}"#, good: [#""a""#], bad: [#""A""#, "null"]),
        Case(
            schema: #"{"type": "object", "required": ["a", "b"]}"#, good: [#"{"a": null, "b": 1, "c": 2}"#],
            bad: [#"{"a": 1}"#, "{}", "[]"]),
        Case(
            schema: #"{"properties": {"a": {"type": "integer"}}}"#, good: [#"{"a": 1}"#, "{}", #"{"b": "x"}"#],
            bad: [#"{"a": "x"}"#]),
        Case(
            schema: #"{"properties": {"a": {}}, "additionalProperties": false}"#, good: [#"{"a": 1}"#],
            bad: [#"{"a": 1, "b": 2}"#]),
        Case(
            schema: #"{"additionalProperties": {"type": "integer"}}"#, good: [#"{"a": 1}"#], bad: [#"{"a": "x"}"#]),
        Case(schema: #"{"items": {"type": "integer"}}"#, good: ["[1, 2]", "[]"], bad: [#"[1, "x"]"#]),
        Case(schema: #"{"minimum": 1}"#, good: ["1", "2", #""x""#], bad: ["0", "-1"]),
        Case(schema: #"{"maximum": 1}"#, good: ["1", "0"], bad: ["1.5"]),
        Case(
            schema: #"{"oneOf": [{"type": "integer"}, {"type": "number"}]}"#, good: ["1.5"], bad: ["1", #""x""#]),
        Case(
            schema: #"{"anyOf": [{"type": "integer"}, {"type": "number"}]}"#, good: ["1", "1.5"], bad: [#""x""#]),
        Case(
            schema: ##"{"$defs": {"n": {"type": "null"}}, "$ref": "#/$defs/n"}"##, good: ["null"], bad: ["1"]),
        Case(schema: ##"{"$ref": "#/$defs/missing"}"##, good: [], bad: ["1"]),
        Case(schema: #"{"pattern": "a"}"#, good: [], bad: [#""a""#]),
    ]

    @Test(arguments: cases) func keyword(_ example: Case) throws {
        let schema = JSONSchema(try JSONDocument(parsing: example.schema))
        for text in example.good { #expect(schema.violations(in: try JSONDocument(parsing: text)) == [], "\(text)") }
        for text in example.bad { #expect(schema.violations(in: try JSONDocument(parsing: text)) != [], "\(text)") }
    }

    @Test func saysWhere() throws {
        let schema = JSONSchema(
            try JSONDocument(parsing: #"{"properties": {"a": {"items": {"required": ["b"]}}}}"#))
        let violations = schema.violations(in: try JSONDocument(parsing: #"{"a": [{"b": 1}, {}]}"#))
        #expect(violations.map(\.description) == ["$.a[1]: lacks b"])
    }
}
