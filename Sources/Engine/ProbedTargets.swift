import Diagnosis
import PacketWire

/// The targets of a probe, as the capture's own comment names them: a target whose packets never reached the wire
/// would otherwise be missing from the file without a trace.
enum ProbedTargets {
    private static let prefix = "stallpoint target "

    static func comments(_ targets: [Target]) -> [String] {
        targets.prefix(4_096).compactMap { target in
            target.endpoint.map { "\(prefix)\($0)/\(target.transport.rawValue) \(target.host) \(target.input)" }
        }
    }

    /// The targets that comments name; anything else in them is somebody's own words.
    static func parse(_ comments: [String]) -> [Target] {
        comments.prefix(4_096).compactMap { comment in
            guard comment.hasPrefix(prefix) else { return nil }
            let words = comment.dropFirst(prefix.count).split(separator: " ", maxSplits: 2)
            guard words.count == 3, let slash = words[0].lastIndex(of: "/"),
                let transport = Transport(rawValue: String(words[0][words[0].index(after: slash)...])),
                let colon = words[0][..<slash].lastIndex(of: ":"),
                let port = UInt16(words[0][words[0].index(after: colon)..<slash])
            else { return nil }
            let host = words[0][..<colon]
            let isBracketed = host.first == "[" && host.last == "]"
            let address = isBracketed ? IPAddress(host.dropFirst().dropLast()) : IPAddress(host)
            guard let address else { return nil }
            return Target(
                input: String(words[2]), host: String(words[1]), address: address, port: port, transport: transport)
        }
    }
}
