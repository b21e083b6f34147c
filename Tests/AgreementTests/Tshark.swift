import Foundation
import StallpointTestKit

/// The reference: `tshark -T fields` over one capture, one dictionary a frame.
enum Tshark {
    static let path: String? = {
        let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
        for folder in folders where FileManager.default.isExecutableFile(atPath: "\(folder)/tshark") {
            return "\(folder)/tshark"
        }
        print("skipped: tshark is not installed, so nothing to agree with")
        return nil
    }()

    /// What only confuses a comparison packet by packet.
    private static let options: [String] = {
        let preferences = [
            // What belongs to several packets is shown in the last one: here every packet speaks for itself.
            "ip.defragment:FALSE", "ipv6.defragment:FALSE", "tcp.desegment_tcp_streams:FALSE",
            "tls.desegment_ssl_records:FALSE", "dns.desegment_dns_messages:FALSE", "wlan.defragment:FALSE",
            "arcnet.defragment:FALSE",
            // Numbers as they stand on the wire; and no payload left out because it was seen before.
            "tcp.relative_sequence_numbers:FALSE", "tcp.analyze_sequence_numbers:FALSE",
            "tcp.no_subdissector_on_error:FALSE",
        ]
        .filter { name in known.contains(String(name.prefix { $0 != ":" })) }
        // These carry whole frames, or parts of them, inside their own messages: not what was on the wire.
        let disabled = ["openflow", "openflow_v1", "openflow_v4", "openflow_v5", "openflow_v6"]
        return ["-n"] + preferences.flatMap { ["-o", $0] } + disabled.flatMap { ["--disable-protocol", $0] }
            // The port that Linux used before VXLAN had one, and still uses by default.
            + ["-d", "udp.port==8472,vxlan"]
    }()

    /// Preferences that this version has: an unknown one would be an error.
    private static let known: Set<String> = {
        let output = try? Program.runAndWait([path ?? "", "-G", "defaultprefs"]).output
        return Set(
            String(decoding: output ?? Data(), as: UTF8.self).split(separator: "\n").compactMap { line in
                guard line.hasPrefix("#"), let colon = line.firstIndex(of: ":") else { return nil }
                return String(line[line.index(after: line.startIndex)..<colon])
            })
    }()

    /// One row a frame. What tshark could read before it met damage counts, as it does for us.
    ///
    /// - Parameter decodesQUIC: QUIC's first packets are encrypted, if with a key that everybody knows: what is inside
    ///   is not compared.
    static func rows(of file: URL, fields: [String], decodesQUIC: Bool = false) async throws -> [[String: [String]]] {
        let ended = try await Program.run(line(file, [], fields, decodesQUIC))
        return rows(String(decoding: ended.output, as: UTF8.self).split(separator: "\n"), fields)
    }

    /// The same for many files, as tshark prints it: a line a frame, with tabs between the fields.
    static func lines(of files: [URL], fields: [String]) async throws -> [URL: [Substring]] {
        try await TsharkSessions.outputs(of: files) { try await Program.run(line($0, $1, fields, false)) }
            .mapValues(\.lines)
    }

    private static func line(_ file: URL, _ more: [String], _ fields: [String], _ decodesQUIC: Bool) -> [String] {
        let quic = decodesQUIC ? [] : ["--disable-protocol", "quic"]
        return [path ?? "", "-r", file.path] + more + options + quic
            + ["-T", "fields", "-E", "occurrence=a", "-E", "aggregator=|"] + fields.flatMap { ["-e", $0] }
    }

    static func rows(_ lines: [Substring], _ fields: [String]) -> [[String: [String]]] {
        lines.map { line in
            var row: [String: [String]] = [:]
            for (field, value) in zip(fields, line.split(separator: "\t", omittingEmptySubsequences: false))
            where !value.isEmpty {
                row[field] = values(value)
            }
            return row
        }
    }

    /// All values of a field; none where it is not there.
    static func values(_ column: Substring) -> [String] {
        if column.isEmpty { return [] }
        return column.split(separator: "|", omittingEmptySubsequences: false).map(normal)
    }

    /// Hexadecimal numbers and truth values as plain numbers.
    private static func normal(_ value: Substring) -> String {
        if value.hasPrefix("0x"), let number = UInt64(value.dropFirst(2), radix: 16) { return String(number) }
        if value == "True" { return "1" }
        if value == "False" { return "0" }
        return String(value)
    }
}
