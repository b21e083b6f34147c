/// A value of JSON (RFC 8259), read from text that another program wrote.
///
/// `nft -j` gives nearly every place several possible shapes: a number, a name, a set, an expression. A decoder of
/// types would try each in turn and throw for every miss, ten thousands of times in a large ruleset; here the shape is
/// looked at. What is too deep, cut or wrong ends the reading: there is no half a document.
enum JSONNode: Sendable, Hashable {
    case null
    case bool(Bool)
    case integer(Int64)
    /// A number that is no 64-bit integer: nothing here counts in such.
    case otherNumber
    case string(String)
    case array([JSONNode])
    case object([String: JSONNode])

    /// How deep values may nest. nft's own stay below 20.
    static let deepest = 64

    /// Nil where the text is not one JSON value.
    init?(text: [UInt8]) {
        var reader = Reader(bytes: text)
        guard let node = reader.value(depth: 0) else { return nil }
        reader.skipSpace()
        guard reader.isAtEnd else { return nil }
        self = node
    }

    subscript(key: String) -> JSONNode? {
        if case .object(let members) = self { members[key] } else { nil }
    }

    var string: String? { if case .string(let text) = self { text } else { nil } }
    var integer: Int64? { if case .integer(let number) = self { number } else { nil } }
    var array: [JSONNode]? { if case .array(let values) = self { values } else { nil } }

    /// The name and value of an object that has only one: how nft writes a statement or an expression.
    var only: (name: String, value: JSONNode)? {
        guard case .object(let members) = self, members.count == 1, let member = members.first else { return nil }
        return (member.key, member.value)
    }

    private struct Reader {
        var bytes: [UInt8]
        var offset = 0

        init(bytes: [UInt8]) { self.bytes = bytes }

        var isAtEnd: Bool { offset >= bytes.count }
        var next: UInt8? { offset < bytes.count ? bytes[offset] : nil }

        mutating func skipSpace() {
            while let byte = next, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { offset += 1 }
        }

        mutating func take(_ byte: UInt8) -> Bool {
            skipSpace()
            guard next == byte else { return false }
            offset += 1
            return true
        }

        mutating func take(word: StaticString, _ node: JSONNode) -> JSONNode? {
            let length = word.utf8CodeUnitCount
            guard bytes.count - offset >= length else { return nil }
            guard "\(word)".utf8.elementsEqual(bytes[offset..<offset + length]) else { return nil }
            offset += length
            return node
        }

        mutating func value(depth: Int) -> JSONNode? {
            guard depth < JSONNode.deepest else { return nil }
            skipSpace()
            switch next {
            case UInt8(ascii: "{")?: return object(depth: depth)
            case UInt8(ascii: "[")?: return array(depth: depth)
            case UInt8(ascii: "\"")?: return text().map(JSONNode.string)
            case UInt8(ascii: "t")?: return take(word: "true", .bool(true))
            case UInt8(ascii: "f")?: return take(word: "false", .bool(false))
            case UInt8(ascii: "n")?: return take(word: "null", .null)
            case nil: return nil
            default: return number()
            }
        }

        mutating func object(depth: Int) -> JSONNode? {
            offset += 1
            var members: [String: JSONNode] = [:]
            if take(UInt8(ascii: "}")) { return .object(members) }
            while true {
                skipSpace()
                guard next == UInt8(ascii: "\""), let key = text(), take(UInt8(ascii: ":")),
                    let value = value(depth: depth + 1)
                else { return nil }
                members[key] = value
                if take(UInt8(ascii: "}")) { return .object(members) }
                guard take(UInt8(ascii: ",")) else { return nil }
            }
        }

        mutating func array(depth: Int) -> JSONNode? {
            offset += 1
            var values: [JSONNode] = []
            if take(UInt8(ascii: "]")) { return .array(values) }
            while true {
                guard let value = value(depth: depth + 1) else { return nil }
                values.append(value)
                if take(UInt8(ascii: "]")) { return .array(values) }
                guard take(UInt8(ascii: ",")) else { return nil }
            }
        }

        mutating func number() -> JSONNode? {
            let start = offset
            var isInteger = true
            while let byte = next {
                switch byte {
                case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"): break
                case UInt8(ascii: "+"), UInt8(ascii: "."), UInt8(ascii: "e"), UInt8(ascii: "E"): isInteger = false
                default:
                    return number(start, isInteger)
                }
                offset += 1
            }
            return number(start, isInteger)
        }

        private func number(_ start: Int, _ isInteger: Bool) -> JSONNode? {
            guard offset > start else { return nil }
            let text = String(decoding: bytes[start..<offset], as: UTF8.self)
            if isInteger, let number = Int64(text) { return .integer(number) }
            // More than an Int64 holds is a number all the same; `--` is none.
            guard text.last.map(\.isNumber) == true, !text.dropFirst().contains("-") || !isInteger else { return nil }
            return .otherNumber
        }

        /// A string, from its opening quote on.
        mutating func text() -> String? {
            offset += 1
            var found: [UInt8] = []
            while let byte = next {
                offset += 1
                switch byte {
                case UInt8(ascii: "\""): return String(decoding: found, as: UTF8.self)
                case UInt8(ascii: "\\"):
                    guard let escaped = escape() else { return nil }
                    found += escaped
                case 0..<0x20: return nil
                default: found.append(byte)
                }
            }
            return nil
        }

        private mutating func escape() -> [UInt8]? {
            guard let byte = next else { return nil }
            offset += 1
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return [byte]
            case UInt8(ascii: "b"): return [0x08]
            case UInt8(ascii: "f"): return [0x0C]
            case UInt8(ascii: "n"): return [0x0A]
            case UInt8(ascii: "r"): return [0x0D]
            case UInt8(ascii: "t"): return [0x09]
            case UInt8(ascii: "u"):
                guard var unit = hexadecimal() else { return nil }
                if 0xD800..<0xDC00 ~= unit, next == UInt8(ascii: "\\") {
                    offset += 1
                    guard next == UInt8(ascii: "u") else { return nil }
                    offset += 1
                    guard let low = hexadecimal(), 0xDC00..<0xE000 ~= low else { return nil }
                    unit = 0x10000 + (unit - 0xD800) << 10 + (low - 0xDC00)
                }
                return Array(String(Unicode.Scalar(unit) ?? "\u{FFFD}").utf8)
            default: return nil
            }
        }

        private mutating func hexadecimal() -> UInt32? {
            guard bytes.count - offset >= 4 else { return nil }
            let text = String(decoding: bytes[offset..<offset + 4], as: UTF8.self)
            guard text.utf8.allSatisfy({ $0 != UInt8(ascii: "+") }), let unit = UInt32(text, radix: 16) else {
                return nil
            }
            offset += 4
            return unit
        }
    }
}
