import CaptureFile
import HostNetwork
import PacketWire

/// What a repair found, in words: on standard error, and in the file's own comment.
struct RepairReport {
    let path: String
    let findings: CaptureRepair
    let packing: InputProblem?

    /// So many places are listed one by one.
    private static let listed = 20

    var isWhole: Bool { findings.isWhole && packing?.isLoss != true }

    var lines: [String] {
        let name = path.escapedForDisplay
        guard !isWhole else {
            let packets = Self.counted(findings.packets, "packet")
            return (packing.map { ["\(name): \($0)"] } ?? []) + ["\(name): nothing to repair, \(packets)"]
        }
        return ["\(name): \(summary)"] + details.map { "\(name): \($0)" }
    }

    /// One paragraph; offsets are those of the damaged file.
    var comment: String {
        "repaired by \(ToolVersion.name) \(ToolVersion.current): " + ([summary] + details).joined(separator: "\n")
    }

    private var summary: String {
        let totals = findings.totals
        var parts: [String] = []
        if totals.places > 0 {
            parts.append(
                "\(Self.counted(totals.bytes, "byte")) in \(Self.counted(totals.places, "place")) lost, "
                    + "about \(Self.counted(totals.estimatedPackets, "packet"))")
        }
        if totals.mended > 0 { parts.append("\(Self.counted(totals.mended, "wrong number")) put right") }
        if let cut = findings.cut { parts.append("the end lost, from offset \(cut.offset)") }
        if let packing { parts.append(packing.description) }
        return parts.joined(separator: "; ")
    }

    private var details: [String] {
        var lines = findings.damage.prefix(Self.listed).map(\.description)
        let others = findings.totals.places + findings.totals.mended - lines.count
        if others > 0 { lines.append("and \(Self.counted(others, "more place"))") }
        if let cut = findings.cut { lines.append("\(cut); nothing whole follows") }
        return lines
    }

    static func counted(_ count: Int, _ noun: String) -> String { "\(count) \(noun)\(count == 1 ? "" : "s")" }
}
