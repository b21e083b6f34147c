import Diagnosis
import HostNetwork
import Reporting

/// A path that is drawn anew as its answers come in: on stderr, and only where a person sits there.
struct LiveTable {
    private let isShown: Bool
    private var lines = 0
    private var last = ""

    init(quiet: Bool) {
        isShown = !quiet && Terminal.isTerminal(2) && Terminal.environment("TERM") != "dumb"
    }

    mutating func show(_ hops: [PathHop], to target: Target) {
        guard isShown else { return }
        let style = TextStyle(width: (Terminal.width(2) ?? 80) - 1, usesUnicode: Terminal.isUTF8)
        let text = TraceTable(style: style).text(hops, to: target)
        guard text != last else { return }
        clear()
        last = text
        // Whatever is wider would take two lines of the screen, and the next drawing would miss its beginning.
        lines = text.split(separator: "\n", omittingEmptySubsequences: false).count - 1
        let cut = text.split(separator: "\n", omittingEmptySubsequences: false).map { $0.prefix(style.width) }
        try? StandardStream.error.write(cut.joined(separator: "\n"))
    }

    mutating func clear() {
        guard lines > 0 else { return }
        try? StandardStream.error.write("\u{1B}[\(lines)A\r\u{1B}[J")
        lines = 0
        last = ""
    }
}
