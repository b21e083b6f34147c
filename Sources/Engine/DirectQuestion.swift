import Conversations
import Diagnosis
import HostNetwork
import PacketWire

/// One question to one resolver over UDP, to hear what that resolver itself says: RFC 1035 section 4.
final class DirectQuestion {
    private static let patience = TimeSpan.milliseconds(2_400)
    private static let repeatAfter = TimeSpan.milliseconds(1_000)

    let server: IPAddress
    private(set) var outcome = ResolutionFact.Outcome.silent
    private(set) var isSettled = false
    private(set) var elapsed = TimeSpan.zero
    private let socket: ProbeSocket
    private let question: [UInt8]
    private let startedAt: Instant
    private var sentAgain = false

    var descriptor: Int32 { socket.descriptor }

    /// Nil where the question cannot even be asked.
    init?(_ name: String, family: IPFamily?, server: IPAddress, at now: Instant) {
        guard let socket = try? ProbeSocket(.udp, server.family, options: ProbeSocket.Options()),
            let question = Self.encode(name, identifier: UInt16.random(in: 1 ... .max), wantsIPv6: family == .v6)
        else { return nil }
        self.server = server
        self.socket = socket
        self.question = question
        startedAt = now
        if case .failed(let errno) = socket.connect(to: Endpoint(server, 53)) {
            settle(.refused(code: SocketError(system: errno).description), at: now)
        } else if let errno = socket.send(question) {
            settle(.refused(code: SocketError(system: errno).description), at: now)
        }
    }

    func proceed(at now: Instant) {
        guard !isSettled else { return }
        elapsed = now - startedAt
        if elapsed >= Self.patience {
            settle(.silent, at: now)
        } else if !sentAgain, elapsed >= Self.repeatAfter {
            sentAgain = true
            _ = socket.send(question)
        }
    }

    func read(at now: Instant) {
        guard !isSettled else { return }
        let error = socket.socketError()
        let notices = socket.errorQueue()
        if case .bytes(let bytes, _) = socket.receive() {
            // Anything that is not the answer to this question is not an answer.
            guard bytes.count >= 12, bytes[0] == question[0], bytes[1] == question[1], bytes[2] & 0x80 != 0 else {
                return
            }
            let answers = UInt16(bytes[6]) << 8 | UInt16(bytes[7])
            switch bytes[3] & 0xF {
            case 0: settle(answers == 0 ? .noAddress : .addresses([]), at: now)
            case 3: settle(.noSuchName, at: now)
            case let code: settle(.refused(code: Self.name(code)), at: now)
            }
        } else if error != 0 || !notices.isEmpty {
            let notice = notices.first { $0.icmpFamily != nil }
            let text = notice.map { entry in
                let error = ICMPError(family: entry.icmpFamily ?? server.family, type: entry.type, code: entry.code)
                return "ICMP \(error.name)\(entry.sender.map { " from \($0)" } ?? "")"
            }
            settle(.refused(code: text ?? SocketError(system: error).description), at: now)
        }
    }

    private func settle(_ outcome: ResolutionFact.Outcome, at now: Instant) {
        self.outcome = outcome
        isSettled = true
        elapsed = now - startedAt
    }

    private static func encode(_ name: String, identifier: UInt16, wantsIPv6: Bool) -> [UInt8]? {
        var bytes: [UInt8] = [
            UInt8(identifier >> 8), UInt8(truncatingIfNeeded: identifier), 0x01, 0, 0, 1, 0, 0, 0, 0, 0, 0,
        ]
        for label in name.split(separator: ".") {
            guard (1...63).contains(label.utf8.count) else { return nil }
            bytes.append(UInt8(label.utf8.count))
            bytes += Array(label.utf8)
        }
        return bytes + [0, 0, wantsIPv6 ? 28 : 1, 0, 1]
    }

    /// RFC 1035 section 4.1.1, RFC 2136 section 2.2.
    private static func name(_ code: UInt8) -> String {
        switch code {
        case 1: "FORMERR"
        case 2: "SERVFAIL"
        case 4: "NOTIMP"
        case 5: "REFUSED"
        case 9: "NOTAUTH"
        default: "rcode \(code)"
        }
    }
}
