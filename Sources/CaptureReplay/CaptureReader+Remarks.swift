import CaptureFile
import PacketWire

extension CaptureReader {
    /// Longer lists say no more than that there are many.
    private static var most: Int { 8 }

    /// What a file says in words, for the reader: its own comments and those of interfaces and packets, names of hosts,
    /// and what an interface dropped of whatever passed it. What this tool wrote itself is in the report anyway.
    var remarks: [String] {
        guard !isOwn else { return [] }
        return Self.cut(comments, "comments") + hostNames + droppedByInterfaces
    }

    private var isOwn: Bool { sections.first?.application?.hasPrefix("stallpoint ") ?? false }

    private var comments: [String] {
        let ofFile = sections.flatMap(\.comments).map { "the file's comment: \(Self.quoted($0))" }
        let ofInterfaces = interfaces.flatMap { interface in
            interface.comments.map {
                "comment of interface \(interface.name?.escapedForDisplay ?? "?"): \(Self.quoted($0))"
            }
        }
        let ofPackets = packetComments.map { "comment of packet \($0.packet): \(Self.quoted($0.text))" }
        let missing = commentedPackets - packetComments.count
        return ofFile + ofInterfaces + ofPackets + (missing > 0 ? ["\(missing) more packets have comments"] : [])
    }

    private var hostNames: [String] {
        let named = names.prefix(Self.most).map { record in
            "\(record.address) is " + record.names.prefix(4).map(\.escapedForDisplay).joined(separator: " or ")
        }
        guard !named.isEmpty else { return [] }
        let more = names.count > named.count ? ", and \(names.count - named.count) more" : ""
        return ["names in the file: " + named.joined(separator: ", ") + more]
    }

    /// Its own counter is of all that passed, whatever was to be captured: no sign that a packet is missing here.
    private var droppedByInterfaces: [String] {
        interfaces.compactMap { interface in
            guard let count = interface.statistics?.droppedByInterface, count > 0 else { return nil }
            return
                "interface \(interface.name?.escapedForDisplay ?? "?") dropped \(count) packets of all that passed it"
        }
    }

    private static func quoted(_ text: String) -> String {
        let short = text.count > 200 ? text.prefix(200) + "…" : text[...]
        return "'\(String(short).escapedForDisplay)'"
    }

    private static func cut(_ lines: [String], _ what: String) -> [String] {
        lines.count > most ? lines.prefix(most) + ["\(lines.count - most) more \(what)"] : lines
    }
}
