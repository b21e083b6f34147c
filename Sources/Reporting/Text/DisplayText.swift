import PacketWire

/// Text that may have come from anywhere (a host name, a banner, a file's comment) as one line that a terminal
/// shows and does not obey, with a known width.
struct DisplayText: Sendable, Hashable {
    var text: String
    /// In columns.
    var width: Int

    init(_ source: String, unicode: Bool) {
        text = ""
        width = 0
        for scalar in source.unicodeScalars {
            if scalar.isObeyedRatherThanShown {
                append(escape: scalar)
            } else if scalar.isASCII {
                append(String(scalar), width: 1)
            } else if !unicode {
                if let plain = Self.plain[scalar] {
                    append(plain, width: plain.utf8.count)
                } else {
                    append(escape: scalar)
                }
            } else if scalar.isCombining {
                // Marks pile up on their neighbour and take no column of their own.
                append(escape: scalar)
            } else {
                append(String(scalar), width: scalar.isWide ? 2 : 1)
            }
        }
    }

    private mutating func append(_ piece: String, width: Int) {
        text += piece
        self.width += width
    }

    private mutating func append(escape scalar: Unicode.Scalar) {
        let escape = scalar.escape
        append(escape, width: escape.utf8.count)
    }

    /// What our own sentences use beyond ASCII.
    private static let plain: [Unicode.Scalar: String] = [
        "…": "...", "–": "-", "—": "-", "→": "->", "←": "<-", "×": "x", "·": ".", "’": "'", "‘": "'",
        "“": "\"",
        "”": "\"", "✕": "X", "≥": ">=", "≤": "<=", "µ": "u",
    ]
}

extension Unicode.Scalar {
    /// Controls, line breaks, bidirectional overrides, invisible characters and what no font knows: a terminal
    /// acts on them, or shows nothing, so that two different texts look the same.
    ///
    /// The rule is PacketWire's, for every format the same. A backslash is left alone: decoders escape what they
    /// hand up, and escaping that once more would only blur it.
    var isObeyedRatherThanShown: Bool {
        if isASCII { return value < 0x20 || value == 0x7F }
        return properties.isDefaultIgnorableCodePoint
            || String(self).escapedForDisplay.unicodeScalars.first != self
    }

    /// `\x1b`, `\u{202e}`, as PacketWire writes them, whether or not the character could be shown.
    fileprivate var escape: String {
        let escaped = String(self).escapedForDisplay
        return escaped.unicodeScalars.first == self ? "\\u{\(String(value, radix: 16))}" : escaped
    }

    fileprivate var isCombining: Bool {
        switch properties.generalCategory {
        case .nonspacingMark, .enclosingMark, .spacingMark: true
        default: false
        }
    }

    /// Two columns in a terminal: the blocks of East Asian Width W and F (Unicode Standard Annex 11), coarsely.
    fileprivate var isWide: Bool {
        switch value {
        case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0x33FF, 0x3400...0x4DBF, 0x4E00...0x9FFF,
            0xA000...0xA4CF,
            0xA960...0xA97F, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F, 0xFF00...0xFF60,
            0xFFE0...0xFFE6,
            0x1F300...0x1F64F, 0x1F680...0x1F6FF, 0x1F900...0x1FAFF, 0x20000...0x3FFFD:
            true
        default: false
        }
    }
}
