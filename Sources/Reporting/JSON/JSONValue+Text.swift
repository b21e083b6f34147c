/// Writing, RFC 8259.
extension JSONValue {
    /// Everything on one line.
    var line: String {
        var text = ""
        appendLine(to: &text)
        return text
    }

    /// Indented by two. A container of plain values stays on one line where it fits: a hop, a list of frames
    /// and an entry of the time line are each one thing to the reader.
    func indented(by indent: Int = 0) -> String {
        let widest = 110
        if isFlat {
            let line = self.line
            if indent + line.utf8.count <= widest { return line }
        }
        let inner = String(repeating: " ", count: indent + 2)
        let outer = String(repeating: " ", count: indent)
        switch self {
        case .array(let values) where !values.isEmpty:
            let lines = values.map { inner + $0.indented(by: indent + 2) }
            return "[\n" + lines.joined(separator: ",\n") + "\n\(outer)]"
        case .object(let members) where !members.isEmpty:
            let lines = members.map { member in
                inner + Self.quoted(member.name) + ": " + member.value.indented(by: indent + 2)
            }
            return "{\n" + lines.joined(separator: ",\n") + "\n\(outer)}"
        default: return line
        }
    }

    /// Plain values, or an object whose members hold nothing deeper than those.
    private var isFlat: Bool {
        switch self {
        case .array(let values): values.allSatisfy { !$0.isContainer }
        case .object(let members): members.allSatisfy { $0.value.holdsOnlyPlainValues }
        case .null, .boolean, .integer, .decimal, .string: true
        }
    }

    private var holdsOnlyPlainValues: Bool {
        switch self {
        case .array(let values): values.allSatisfy { !$0.isContainer }
        case .object(let members): members.allSatisfy { !$0.value.isContainer }
        case .null, .boolean, .integer, .decimal, .string: true
        }
    }

    private func appendLine(to text: inout String) {
        switch self {
        case .null: text += "null"
        case .boolean(let value): text += value ? "true" : "false"
        case .integer(let value): text += String(value)
        case .decimal(let units, let places): text += Self.decimalText(units, places)
        case .string(let value): text += Self.quoted(value)
        case .array(let values):
            text += "["
            for (index, value) in values.enumerated() {
                if index > 0 { text += ", " }
                value.appendLine(to: &text)
            }
            text += "]"
        case .object(let members):
            text += "{"
            for (index, member) in members.enumerated() {
                if index > 0 { text += ", " }
                text += Self.quoted(member.name) + ": "
                member.value.appendLine(to: &text)
            }
            text += "}"
        }
    }

    /// Without trailing zeros: `1.5`, `3`, `-0.001`.
    private static func decimalText(_ units: Int64, _ places: Int) -> String {
        var digits = Array(String(units.magnitude).utf8)
        if digits.count <= places {
            digits = Array(repeating: 0x30, count: places + 1 - digits.count) + digits
        }
        let whole = digits.prefix(digits.count - places)
        var fraction = digits.suffix(places)
        while fraction.last == 0x30 { fraction.removeLast() }
        var text = units < 0 ? "-" : ""
        text += String(decoding: whole, as: UTF8.self)
        if !fraction.isEmpty { text += "." + String(decoding: fraction, as: UTF8.self) }
        return text
    }

    /// Section 7 asks for the quote, the backslash and the controls below 32. Everything else that a terminal
    /// or an editor would obey instead of showing is written as a number too: reports are read with `cat`.
    private static func quoted(_ value: String) -> String {
        var text = "\""
        for scalar in value.unicodeScalars {
            switch scalar {
            case "\"": text += "\\\""
            case "\\": text += "\\\\"
            case "\n": text += "\\n"
            case "\r": text += "\\r"
            case "\t": text += "\\t"
            case _ where scalar.isObeyedRatherThanShown:
                for unit in UTF16.encode(scalar) ?? UTF16.encodedReplacementCharacter {
                    let digits = String(unit, radix: 16)
                    text += "\\u" + String(repeating: "0", count: 4 - digits.utf8.count) + digits
                }
            default: text.unicodeScalars.append(scalar)
            }
        }
        return text + "\""
    }
}
