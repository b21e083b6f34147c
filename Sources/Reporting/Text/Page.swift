/// A stretch of text in one colour.
struct Piece {
    enum Ink {
        case plain, strong, faint, good, warning, bad
    }

    var text: String
    var ink: Ink
    /// Spaces before it where it does not begin a line.
    var gap: Int
    /// Stays on one line.
    var isWhole: Bool

    init(_ text: String, _ ink: Ink = .plain, gap: Int = 1, isWhole: Bool = false) {
        self.text = text
        self.ink = ink
        self.gap = gap
        self.isWhole = isWhole
    }
}

/// Text under construction: wraps at the width, indents, colours, and lets nothing through unescaped.
struct Page {
    let style: TextStyle
    let glyphs: Glyphs
    private(set) var text = ""

    init(_ style: TextStyle) {
        self.style = style
        glyphs = Glyphs(style)
    }

    func display(_ text: String) -> DisplayText { DisplayText(text, unicode: style.usesUnicode) }

    mutating func blank() { text += "\n" }

    /// `Seen`, `Next`: at the left edge of the target's block.
    mutating func heading(_ words: String) {
        blank()
        line([Piece(words, .strong)], indent: 2)
    }

    /// One line, as long as it is.
    mutating func line(_ pieces: [Piece], indent: Int = 0) {
        var line = String(repeating: " ", count: indent)
        for (index, piece) in pieces.enumerated() {
            if index > 0 { line += String(repeating: " ", count: piece.gap) }
            line += painted(display(piece.text).text, piece.ink)
        }
        text += line + "\n"
    }

    /// Wrapped between words; further lines are indented by `hanging`.
    mutating func wrapped(_ pieces: [Piece], indent: Int = 0, hanging: Int? = nil) {
        wrapped(
            pieces, before: String(repeating: " ", count: indent), width: indent,
            hanging: hanging ?? indent)
    }

    /// Behind a label of that width, which is ours and stands as it is.
    mutating func wrapped(_ pieces: [Piece], before label: String, width: Int, hanging: Int? = nil) {
        let hanging = hanging ?? width
        var line = label
        var column = width
        var isEmpty = true
        for piece in pieces {
            var gap = piece.gap
            for word in piece.isWhole ? [piece.text[...]] : piece.text.split(separator: " ") {
                let word = display(String(word))
                if !isEmpty, column + gap + word.width > style.columns {
                    text += line + "\n"
                    line = String(repeating: " ", count: hanging)
                    column = hanging
                    isEmpty = true
                }
                if !isEmpty {
                    line += String(repeating: " ", count: gap)
                    column += gap
                }
                line += painted(word.text, piece.ink)
                column += word.width
                isEmpty = false
                gap = 1
            }
        }
        if !isEmpty { text += line + "\n" }
    }

    /// Already measured and escaped: drawings build their own lines.
    mutating func raw(_ line: String) { text += line + "\n" }

    /// Select Graphic Rendition, ECMA-48 section 8.3.117; the eight colours that every theme makes readable.
    func painted(_ text: String, _ ink: Piece.Ink) -> String {
        guard style.usesColor, !text.isEmpty else { return text }
        let code: String
        switch ink {
        case .plain: return text
        case .strong: code = "1"
        case .faint: code = "2"
        case .good: code = "1;32"
        case .warning: code = "1;33"
        case .bad: code = "1;31"
        }
        return "\u{1B}[\(code)m\(text)\u{1B}[0m"
    }

    /// Filled up to the width, or cut with an ellipsis.
    func fitted(_ text: String, to width: Int) -> String {
        let whole = display(text)
        if whole.width <= width {
            return whole.text + String(repeating: " ", count: width - whole.width)
        }
        let room = max(0, width - display(glyphs.ellipsis).width)
        var kept = DisplayText("", unicode: style.usesUnicode)
        for scalar in text.unicodeScalars {
            let next = display(String(scalar))
            if kept.width + next.width > room { break }
            kept.text += next.text
            kept.width += next.width
        }
        kept.text += glyphs.ellipsis
        kept.width += display(glyphs.ellipsis).width
        return kept.text + String(repeating: " ", count: max(0, width - kept.width))
    }
}
