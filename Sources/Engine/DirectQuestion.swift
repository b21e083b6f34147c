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
    private let question: DNSMessage
    private let startedAt: Instant
    private var sentAgain = false

    var descriptor: Int32 { socket.descriptor }

    /// Nil where the question cannot even be asked.
    init?(_ name: String, family: IPFamily?, server: IPAddress, at now: Instant) {
        guard let socket = try? ProbeSocket(.udp, server.family, options: ProbeSocket.Options()),
            let dnsName = DNSName(name)
        else { return nil }
        self.server = server
        self.socket = socket
        // Without EDNS: what an old resolver or a middlebox makes of that is another question.
        question = DNSMessage.query(
            dnsName, family == .v6 ? .aaaa : .a, identifier: UInt16.random(in: 1 ... .max), edns: nil)
        startedAt = now
        if case .failed(let errno) = socket.connect(to: Endpoint(server, 53)) {
            settle(.refused(code: SocketError(system: errno).description), at: now)
        } else if let errno = socket.send(question.encoded()) {
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
            _ = socket.send(question.encoded())
        }
    }

    func read(at now: Instant) {
        guard !isSettled else { return }
        let error = socket.socketError()
        let notices = socket.errorQueue()
        if case .bytes(let bytes, _) = socket.receive() {
            // Anything that is not the answer to this question is not an answer.
            guard let answer = try? DNSMessage(decoding: bytes.span), answer.answers(question) else { return }
            switch answer.responseCode {
            case .noError:
                let addresses = answer.resolvedAddresses
                settle(addresses.isEmpty ? .noAddress : .addresses(addresses), at: now)
            case .nonExistentDomain: settle(.noSuchName, at: now)
            case let code: settle(.refused(code: code.description), at: now)
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
}
