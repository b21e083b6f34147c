/// What the terminal can show, and how much the reader wants of it. The front end decides: it knows the
/// terminal, the locale and `NO_COLOR`; nothing here asks.
public struct TextStyle: Sendable, Hashable {
    /// How much is said.
    public enum Detail: Sendable, Hashable, CaseIterable {
        /// The headline of each target, one line each, and nothing else.
        case quiet
        /// What a person needs to act; long lists lose their middle.
        case normal
        /// All evidence, the whole time line, every hop.
        case verbose
    }

    /// In columns. Lines are wrapped at it; what has no space in it (an address, a command) is never cut.
    public var width: Int
    /// Colour adds to words and marks, and never stands for them.
    public var usesColor: Bool
    /// False where the terminal's encoding is not UTF-8: the output is ASCII then.
    public var usesUnicode: Bool
    public var detail: Detail

    public init(
        width: Int = 80, usesColor: Bool = false, usesUnicode: Bool = true, detail: Detail = .normal
    ) {
        self.width = width
        self.usesColor = usesColor
        self.usesUnicode = usesUnicode
        self.detail = detail
    }

    /// Narrower than this nothing can be drawn sensibly; a terminal that says 0 does not know its width.
    var columns: Int { width <= 0 ? 80 : max(width, 40) }
}

/// The characters of drawings.
struct Glyphs {
    var line: String
    var unknown: String
    var stall: String
    var maybe: String
    var back: String
    var out: String
    var `in`: String
    var loop: String
    var ellipsis: String
    var times: String

    init(_ style: TextStyle) {
        self = style.usesUnicode ? .unicode : .ascii
    }

    private init(
        line: String, unknown: String, stall: String, maybe: String, back: String, out: String,
        in: String,
        loop: String, ellipsis: String, times: String
    ) {
        self.line = line
        self.unknown = unknown
        self.stall = stall
        self.maybe = maybe
        self.back = back
        self.out = out
        self.in = `in`
        self.loop = loop
        self.ellipsis = ellipsis
        self.times = times
    }

    private static let unicode = Glyphs(
        line: "─", unknown: "·", stall: "✕", maybe: "?", back: "◀", out: "→", in: "←", loop: "↺",
        ellipsis: "…",
        times: "×")
    private static let ascii = Glyphs(
        line: "-", unknown: ".", stall: "X", maybe: "?", back: "<", out: "->", in: "<-",
        loop: "(again)",
        ellipsis: "...", times: "x")
}
