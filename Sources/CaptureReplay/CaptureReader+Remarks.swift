import CaptureFile
import PacketWire

extension CaptureReader {
    /// Longer lists say no more than that there are many.
    private static var most: Int { 8 }

    /// What a file says in words, for the reader: its own comments and those of interfaces and packets, names of hosts,
    /// and what an interface dropped of whatever passed it. What this tool wrote itself is in the report anyway.
    var remarks: [String] { isOwn ? [] : comments + hostNames + droppedByInterfaces }

    private var isOwn: Bool { sections.first?.application?.hasPrefix("stallpoint ") ?? false }

    private var comments: [String] {
        let ofFile = sections.flatMap(\.comments)
        let ofInterfaces = interfaces.flatMap { interface in interface.comments.map { (interface, $0) } }
        let lines =
            ofFile.prefix(Self.most).map { "the file's comment: \(Self.quoted($0))" }
            + ofInterfaces.prefix(Self.most).map { "comment of interface \(Self.name($0)): \(Self.quoted($1))" }
            + packetComments.prefix(Self.most).map { "comment of packet \($0.packet): \(Self.quoted($0.text))" }
        return Self.cut(lines, of: ofFile.count + ofInterfaces.count + packetCommentCount, "comments")
    }

    private var hostNames: [String] {
        let all = names.filter { !$0.names.isEmpty }
        let named = all.prefix(Self.most).map { record in
            "\(record.address) is " + record.names.prefix(4).map(Self.quoted).joined(separator: " or ")
        }
        guard !named.isEmpty else { return [] }
        let more = all.count > named.count ? ", and \(all.count - named.count) more" : ""
        return ["names in the file: " + named.joined(separator: ", ") + more]
    }

    /// Its own counter is of all that passed, whatever was to be captured: no sign that a packet is missing here.
    private var droppedByInterfaces: [String] {
        let lines = interfaces.compactMap { interface -> String? in
            guard let count = interface.statistics?.droppedByInterface, count > 0 else { return nil }
            return "interface \(Self.name(interface)) dropped \(count) packets of all that passed it"
        }
        return Self.cut(lines, of: lines.count, "interfaces dropped packets")
    }

    private static func name(_ interface: CaptureInterface) -> String { interface.name.map(quoted) ?? "without a name" }

    /// The beginning, as a line of a report can hold it: a letter may have any number of marks on it.
    private static func quoted(_ text: String) -> String {
        let kept = text.unicodeScalars.prefix(200)
        let isCut = kept.endIndex < text.unicodeScalars.endIndex
        return "'\(String(String.UnicodeScalarView(kept)).escapedForDisplay)\(isCut ? "…" : "")'"
    }

    /// - Parameter count: how many there are in all.
    private static func cut(_ lines: [String], of count: Int, _ what: String) -> [String] {
        count > most ? lines.prefix(most) + ["\(count - min(most, lines.count)) more \(what)"] : lines
    }
}
