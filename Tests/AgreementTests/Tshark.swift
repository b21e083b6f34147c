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

    struct Failure: Error {
        var file: String
        var message: String
    }

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
        let output = (try? run(["-G", "defaultprefs"])) ?? []
        return Set(
            String(decoding: output, as: UTF8.self).split(separator: "\n").compactMap { line in
                guard line.hasPrefix("#"), let colon = line.firstIndex(of: ":") else { return nil }
                return String(line[line.index(after: line.startIndex)..<colon])
            })
    }()

    /// One row a frame. What tshark could read before it met damage counts, as it does for us.
    ///
    /// - Parameter decodesQUIC: QUIC's first packets are encrypted, if with a key that everybody knows: what is inside
    ///   is not compared.
    static func rows(of file: URL, fields: [String], decodesQUIC: Bool = false) throws -> [[String: [String]]] {
        let quic = decodesQUIC ? [] : ["--disable-protocol", "quic"]
        let arguments =
            ["-r", file.path] + options + quic + ["-T", "fields", "-E", "occurrence=a", "-E", "aggregator=|"]
            + fields.flatMap { ["-e", $0] }
        let text = String(decoding: try run(arguments), as: UTF8.self)
        return text.split(separator: "\n", omittingEmptySubsequences: true).map { line in
            var row: [String: [String]] = [:]
            for (field, value) in zip(fields, line.split(separator: "\t", omittingEmptySubsequences: false))
            where !value.isEmpty {
                row[field] = value.split(separator: "|", omittingEmptySubsequences: false).map(normal)
            }
            return row
        }
    }

    /// Hexadecimal numbers and truth values as plain numbers.
    private static func normal(_ value: Substring) -> String {
        if value.hasPrefix("0x"), let number = UInt64(value.dropFirst(2), radix: 16) { return String(number) }
        if value == "True" { return "1" }
        if value == "False" { return "0" }
        return String(value)
    }

    private static func run(_ arguments: [String]) throws -> [UInt8] {
        [UInt8](try Program.runAndWait([path ?? ""] + arguments).output)
    }
}
