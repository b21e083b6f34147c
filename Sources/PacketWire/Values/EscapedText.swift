extension StringProtocol {
    /// The text with everything escaped that a terminal, a log or a reader could take for something else: control
    /// characters, line and paragraph separators, bidirectional overrides, invisible and unassigned characters.
    ///
    /// Text that came from the network or from a file is never shown in any other way.
    public var escapedForDisplay: String {
        // Nearly all text is plain ASCII: it is looked at byte by byte, and stays as it is.
        if utf8.allSatisfy({ $0.isPlain }) { return String(self) }
        var result = ""
        for scalar in unicodeScalars {
            if scalar == "\\" {
                result += "\\\\"
            } else if scalar.isSafeToShow {
                result.unicodeScalars.append(scalar)
            } else {
                result +=
                    scalar.value < 0x100 ? "\\x\(hexadecimal(scalar.value, 2))" : "\\u{\(hexadecimal(scalar.value, 4))}"
            }
        }
        return result
    }
}

extension String {
    /// The bytes as text where they are UTF-8, escaped for display; byte by byte where they are not.
    public init(escaping bytes: some Collection<UInt8>) {
        if let text = String(validating: bytes, as: UTF8.self) {
            self = text.escapedForDisplay
        } else {
            self = bytes.map { byte in
                byte.isPlain
                    ? String(UnicodeScalar(byte)) : "\\x\(hexadecimal(UInt32(byte), 2))"
            }.joined()
        }
    }
}

extension [UInt8] {
    /// The bytes that a text stands for in which `\r`, `\n`, `\t`, `\\` and `\xHH` are escapes. Nil where one is none.
    public init?(unescaping text: some StringProtocol) {
        self = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "\\") else {
                append(byte)
                continue
            }
            switch rest.popFirst() {
            case UInt8(ascii: "r"): append(0x0D)
            case UInt8(ascii: "n"): append(0x0A)
            case UInt8(ascii: "t"): append(0x09)
            case UInt8(ascii: "\\"): append(byte)
            case UInt8(ascii: "x"):
                guard let high = rest.popFirst()?.hexadecimalDigit, let low = rest.popFirst()?.hexadecimalDigit else {
                    return nil
                }
                append(high << 4 | low)
            default: return nil
            }
        }
    }
}

extension UInt8 {
    /// A sign of ASCII that stands for itself.
    fileprivate var isPlain: Bool { self >= 0x20 && self < 0x7F && self != 0x5C }

    /// What a digit of hexadecimal is worth, as ASCII has it; nil where it is none.
    public var hexadecimalDigit: UInt8? {
        switch self {
        case 0x30...0x39: self - 0x30
        case 0x41...0x46: self - 0x41 + 10
        case 0x61...0x66: self - 0x61 + 10
        default: nil
        }
    }
}

private func hexadecimal(_ value: UInt32, _ width: Int) -> String {
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
}

extension UnicodeScalar {
    fileprivate var isSafeToShow: Bool {
        switch properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse, .unassigned: false
        // Other kinds of space would let one name pass for two words.
        case .spaceSeparator: value == 0x20
        default: true
        }
    }
}
