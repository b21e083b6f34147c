/// The Network Time Protocol, RFC 5905 section 7.3: a client's request, which tells nothing but its own number. The
/// server returns the transmit timestamp as its origin timestamp.
enum NTPService: ServiceProtocol {
    static let name = "ntp"
    static let title = "NTP"
    static let ports: [UInt16] = [123]
    static let silence = UDPService.Silence.unusual(
        "An NTP server answers everybody, unless it is set up to ignore some.",
        "On the server: do its access rules name this network (ntpd: restrict, chronyd: allow)?")
    static let fillings = 32

    private static let headerLength = 48
    private static let version: UInt8 = 4

    /// An unknown extension field is ignored, and the last one has at least 28 bytes where no authenticator follows
    /// (RFC 7822 section 3). Types from 0xF000 are for experiments (RFC 9748).
    static func question(_ transaction: ServiceTransaction, filling: Int) -> [UInt8] {
        var bytes: [UInt8] = [0 << 6 | version << 3 | 3]
        bytes += [UInt8](repeating: 0, count: headerLength - 1 - 8)
        bytes.append(bigEndian: transaction.number)
        guard filling > 0 else { return bytes }
        let length = 24 + 4 * filling
        bytes.append(bigEndian: UInt16(0xF5A9))
        bytes.append(bigEndian: UInt16(length))
        return bytes + [UInt8](repeating: 0, count: length - 4)
    }

    /// Who has heard the server before may be answered by what it said then (RFC 9769, interleaved mode).
    static func transaction(of question: Span<UInt8>) throws(DecodeError) -> ServiceTransaction? {
        guard question.count >= headerLength, question[0] & 0b111 == 3, (1...4).contains(question[0] >> 3 & 0b111),
            question.uint64(at: 32) == 0
        else { return nil }
        return ServiceTransaction(question.uint64(at: 40))
    }

    static func check(_ reply: Span<UInt8>, _ transaction: ServiceTransaction) throws(DecodeError) -> ServiceReply {
        var cursor = ByteCursor(0..<reply.count, of: reply, .service)
        let first = try cursor.uint8(reply)
        let (version, mode) = (first >> 3 & 0b111, first & 0b111)
        guard (1...4).contains(version) else { return .foreign(.anotherProtocol) }
        // Modes 1 and 2 are peers, which answer each other.
        guard mode != 3 else { return .foreign(.noReply) }
        guard mode == 4 || mode == 2 else { return .foreign(.anotherProtocol) }
        let stratum = try cursor.uint8(reply)
        cursor.move(to: 12)
        let reference = try cursor.take(4)
        cursor.move(to: 24)
        let origin = try cursor.take(8)
        _ = try cursor.take(headerLength - 32)
        guard reply.uint64(at: origin.lowerBound) == transaction.number else { return .foreign(.anotherTransaction) }
        return .answered(saying: [
            "version \(version)", stratum == 0 ? kiss(reply, reference) : "stratum \(stratum)",
            stratum != 0 && first >> 6 == 3 ? "not synchronized" : nil,
        ])
    }

    /// What those letters mean that say it of the client, not of the server: section 7.4.
    static func refusal(_ answer: Span<UInt8>) -> ServiceRefusal? {
        guard answer.count >= headerLength, answer[1] == 0 else { return nil }
        let letters = answer.array(12..<16)
        return switch letters {
        case Array("DENY".utf8), Array("RSTR".utf8): ServiceRefusal(.notAllowed, saying: kiss(answer, 12..<16))
        case Array("RATE".utf8): ServiceRefusal(.tooOften, saying: kiss(answer, 12..<16))
        default: nil
        }
    }

    /// A server that does not want to be asked says so in four letters: section 7.4.
    private static func kiss(_ reply: Span<UInt8>, _ range: Range<Int>) -> String {
        let letters = reply.array(range).filter { $0 != 0 }
        guard !letters.isEmpty else { return "stratum 0" }
        let code = String(escaping: letters)
        let meaning =
            switch code {
            case "DENY", "RSTR": ": it gives this client no time"
            case "RATE": ": it was asked too often, and gives no time"
            default: ""
            }
        return "kiss code \(code)\(meaning)"
    }
}
