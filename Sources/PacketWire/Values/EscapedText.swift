extension StringProtocol {
    /// The text with everything escaped that a terminal, a log or a reader could take for something else: control
    /// characters, line and paragraph separators, bidirectional overrides, invisible and unassigned characters.
    ///
    /// Text that came from the network or from a file is never shown in any other way.
    public var escapedForDisplay: String {
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
                byte >= 0x20 && byte < 0x7F && byte != 0x5C
                    ? String(UnicodeScalar(byte)) : "\\x\(hexadecimal(UInt32(byte), 2))"
            }.joined()
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
