import CaptureFile

/// The names of the files of one recording: `web.pcapng` gives `web_00001_20261126140307.pcapng` and so on, the form
/// that Wireshark knows as a file set, with the time in UTC at which it was begun.
struct FileSetName {
    private let prefix: String
    private let suffix: String

    /// - Parameter part: what stands between the name and the number.
    init(_ path: String, part: String = "") {
        let start = path.lastIndex(of: "/").map { path.index(after: $0) } ?? path.startIndex
        // A dot in front is no suffix.
        if let dot = path[start...].lastIndex(of: "."), dot > start {
            prefix = String(path[..<dot]) + part
            suffix = String(path[dot...])
        } else {
            prefix = path + part
            suffix = ""
        }
    }

    func file(_ number: Int, unixNanoseconds: Int64) -> String {
        // 2026-11-26T14:03:07.000000000Z
        let time = CaptureTimestamp(nanosecondsSince1970: unixNanoseconds).description.utf8.prefix(19)
        let digits = String(decoding: time.filter { (0x30...0x39).contains($0) }, as: UTF8.self)
        return "\(prefix)_\(Self.padded(number))_\(digits)\(suffix)"
    }

    /// How all of them are named, for people.
    var pattern: String { "\(prefix)_*\(suffix)" }

    /// Five digits, so that a listing is in order.
    private static func padded(_ number: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, 5 - digits.count)) + digits
    }
}
