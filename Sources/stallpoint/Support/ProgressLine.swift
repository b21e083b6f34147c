import Conversations
import Diagnosis
import Engine
import HostNetwork
import PacketWire

/// One line on stderr that says what is being done and how long it can take; only where a person sits there.
struct ProgressLine {
    private let isShown: Bool
    private var isDrawn = false

    init(quiet: Bool) {
        isShown = !quiet && Terminal.isTerminal(2) && Terminal.environment("TERM") != "dumb"
    }

    mutating func show(pending: [Target], what: String, since: TimeSpan, most: TimeSpan) {
        guard isShown, let first = pending.first else { return }
        let others = pending.count > 1 ? " and \(pending.count - 1) more" : ""
        let place = first.endpoint.map(\.description) ?? first.host.escapedForDisplay
        show(
            "trying \(place)/\(first.transport.rawValue)\(others): \(what), \(Int(since.seconds)) s of at most"
                + " \(Int(most.seconds.rounded(.up))) s each")
    }

    mutating func show(_ text: String) {
        guard isShown else { return }
        let width = (Terminal.width(2) ?? 80) - 1
        try? StandardStream.error.write("\r\u{1B}[K" + text.prefix(max(10, width)))
        isDrawn = true
    }

    mutating func clear() {
        guard isDrawn else { return }
        isDrawn = false
        try? StandardStream.error.write("\r\u{1B}[K")
    }
}
