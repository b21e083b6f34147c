/// TFTP, RFC 1350: a request to read a file that nobody has. The server answers from a port of its own choice
/// (section 4), with an error or, where it has the file, with its first block.
enum TFTPService: ServiceProtocol {
    static let name = "tftp"
    static let title = "TFTP"
    static let ports: [UInt16] = [69]
    static let silence = UDPService.Silence.unusual(
        "A TFTP server answers everybody, unless it is set up to ignore some, and from another port: a stateful filter"
            + " that does not know TFTP stops the answer.",
        "On the way: do the filters know TFTP's answers (nf_conntrack_tftp)? On the host: does tcpdump see one leave?")
    static let answersFromOtherPorts = true
    static let echoesTransaction = false
    static let fillings = 128

    static func question(_ transaction: ServiceTransaction, filling: Int) -> [UInt8] {
        let file = "stallpoint-\(transaction.text)" + String(repeating: "x", count: filling)
        return [0, 1] + Array(file.utf8) + [0] + Array("octet".utf8) + [0]
    }

    static func transaction(of question: Span<UInt8>) throws(DecodeError) -> ServiceTransaction? {
        guard question.count >= 4, [1, 2].contains(question.uint16(at: 0)), question[question.count - 1] == 0 else {
            return nil
        }
        return ServiceTransaction(0)
    }

    /// There is no number to tell transfers apart: the ports are that.
    static func check(_ reply: Span<UInt8>, _ transaction: ServiceTransaction) throws(DecodeError) -> ServiceReply {
        var cursor = ByteCursor(0..<reply.count, of: reply, .service)
        let opcode = try cursor.uint16(reply)
        switch opcode {
        case 1, 2: return .foreign(.noReply)
        case 3:
            guard try cursor.uint16(reply) == 1, cursor.remaining <= 512 else { return .foreign(.malformed) }
            return .answered("the first block of a file")
        case 5:
            let code = try cursor.uint16(reply)
            guard code <= 8 else { return .foreign(.malformed) }
            var end = cursor.offset
            while end < reply.count, reply[end] != 0 { end += 1 }
            guard end < reply.count else { return .foreign(.malformed) }
            let text = reply.shown(cursor.offset..<end)
            return .answered("error \(code)" + (text.isEmpty ? "" : " (\(text))"))
        case 6: return .answered("its options")
        default: return .foreign(.anotherProtocol)
        }
    }
}
