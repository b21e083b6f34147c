import Foundation
import PacketWire
import StallpointTestKit

/// The classic capture files of the shared corpora.
enum Corpora {
    static var folder: URL? { SharedCorpora.folder }

    static let files: [String] = {
        let names = folder.flatMap { try? FileManager.default.contentsOfDirectory(atPath: $0.path) } ?? []
        return names.filter { $0.hasSuffix(".pcap") }.sorted()
    }()

    struct Record {
        var bytes: [UInt8]
        var originalLength: Int
    }

    /// Every whole record of a classic capture file, and its link type; nil when the file is none. Just enough
    /// to test decoders: the module for capture files is tested elsewhere.
    static func records(of name: String) -> (linkType: LinkType, records: [Record])? {
        guard let folder, let data = try? Data(contentsOf: folder.appending(path: name)), data.count >= 24 else {
            return nil
        }
        let file = [UInt8](data)
        let isBigEndian: Bool
        switch Array(file[0..<4]) {
        case [0xD4, 0xC3, 0xB2, 0xA1], [0x4D, 0x3C, 0xB2, 0xA1]: isBigEndian = false
        case [0xA1, 0xB2, 0xC3, 0xD4], [0xA1, 0xB2, 0x3C, 0x4D]: isBigEndian = true
        default: return nil
        }
        func word(_ offset: Int) -> Int {
            let bytes = isBigEndian ? Array(file[offset..<offset + 4]) : file[offset..<offset + 4].reversed()
            return bytes.reduce(0) { $0 << 8 | Int($1) }
        }
        var records: [Record] = []
        var offset = 24
        while file.count - offset >= 16 {
            let length = word(offset + 8)
            guard length <= file.count - offset - 16 else { break }
            let start = offset + 16
            records.append(Record(bytes: Array(file[start..<start + length]), originalLength: word(offset + 12)))
            offset = start + length
        }
        return (LinkType(rawValue: UInt32(word(20) & 0xFFFF)), records)
    }
}
