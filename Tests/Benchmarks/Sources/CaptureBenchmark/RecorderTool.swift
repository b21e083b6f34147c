import CPacketSender
import CaptureFile
import Glibc
import HostNetwork

/// A program that records an interface, and how it is asked to.
struct RecorderTool {
    var name: String
    /// With `FILE` where the file goes.
    var line: [String]
    var file: String
    /// What it says on standard error once it listens.
    var listens: String
    /// What stands before and behind the number of packets that it says it lost.
    var lost: (before: String, behind: String)

    static func all(stallpoint: String, interface: String, folder: String) -> [RecorderTool] {
        let own = ("", " lost by the capture")
        return [
            RecorderTool(
                name: "stallpoint capture -q -w", line: [stallpoint, "capture", "-q", "-i", interface, "-w", "FILE"],
                file: "\(folder)/x.pcapng", listens: "listening on", lost: own),
            RecorderTool(
                name: "stallpoint capture -w", line: [stallpoint, "capture", "-i", interface, "-w", "FILE"],
                file: "\(folder)/x.pcapng", listens: "listening on", lost: own),
            RecorderTool(
                name: "stallpoint capture -q --handshakes",
                line: [stallpoint, "capture", "-q", "--handshakes", "-i", interface, "-w", "FILE"],
                file: "\(folder)/x.pcapng", listens: "listening on", lost: own),
            RecorderTool(
                name: "tcpdump -w", line: ["tcpdump", "-n", "-i", interface, "-w", "FILE"], file: "\(folder)/x.pcap",
                listens: "listening on", lost: ("", " packets dropped by kernel")),
            RecorderTool(
                name: "tcpdump --immediate-mode -w",
                line: ["tcpdump", "-n", "--immediate-mode", "-i", interface, "-w", "FILE"], file: "\(folder)/x.pcap",
                listens: "listening on", lost: ("", " packets dropped by kernel")),
            RecorderTool(
                name: "dumpcap -w", line: ["dumpcap", "-q", "-i", interface, "-w", "FILE"],
                file: "\(folder)/x.pcapng", listens: "File:", lost: ("/", " (pcap:")),
        ]
    }

    /// Whether it is there to be started.
    var isInstalled: Bool {
        let places = getenv("PATH").map { String(cString: $0) } ?? "/usr/bin:/bin"
        return line[0].contains("/")
            || places.split(separator: ":").contains { access("\($0)/\(line[0])", X_OK) == 0 }
    }

    /// What it lost, by its own account; nil where it gives none.
    func lost(in text: String) -> Int? {
        guard let end = text.range(of: lost.behind)?.lowerBound else { return nil }
        return Int(text[..<end].reversed().prefix { $0.isNumber }.reversed().map(String.init).joined())
    }
}

extension String {
    /// The last place of a text within; the one of the Foundation would make this program large.
    fileprivate func range(of text: String) -> Range<Index>? {
        var found: Range<Index>?
        var start = startIndex
        while start < endIndex {
            if self[start...].hasPrefix(text) { found = start..<index(start, offsetBy: text.count) }
            start = index(after: start)
        }
        return found
    }
}
