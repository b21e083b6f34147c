import Conversations
import Diagnosis
import HostNetwork
import PacketWire
import Probing

/// A `NameInquiry` on real sockets: one datagram socket, and a connection where the answers do not fit.
final class ResolverConversation {
    private(set) var inquiry: NameInquiry
    private let datagrams: ProbeSocket
    private var stream: ProbeSocket?
    /// What waits for the connection to stand.
    private var unsent: [UInt8] = []
    /// A connection that was opened since the last look, for whoever polls.
    private var newStream: Int32?

    var descriptor: Int32 { datagrams.descriptor }
    var streamDescriptor: Int32? { stream?.descriptor }
    var hasUnsent: Bool { !unsent.isEmpty }

    /// Asks at once. Nil where the question cannot even be asked.
    init?(_ name: String, family: IPFamily?, server: IPAddress, isNamed: Bool, at now: Instant) {
        guard let socket = try? ProbeSocket(.udp, server.family, options: ProbeSocket.Options()),
            let dnsName = DNSName(name)
        else { return nil }
        datagrams = socket
        let types: [DNSType] =
            switch family {
            case .v4: [.a]
            case .v6: [.aaaa]
            case nil: [.a, .aaaa]
            }
        inquiry = NameInquiry(
            dnsName, types, server: server, isNamed: isNamed, identifier: UInt16.random(in: 1 ... .max), at: now)
        if case .failed(let errno) = socket.connect(to: Endpoint(server, 53)) {
            tell(.unreachable(QuestionObstacle(.socket(SocketError(system: errno)))), at: now)
        } else {
            perform(inquiry.begin(), at: now)
        }
    }

    func tell(_ event: NameInquiry.Event, at now: Instant) {
        perform(inquiry.handle(event, at: now), at: now)
    }

    func takeNewStream() -> Int32? {
        defer { newStream = nil }
        return newStream
    }

    private func perform(_ actions: [NameInquiry.Action], at now: Instant) {
        for action in actions {
            switch action {
            case .send(let bytes):
                // A refusal of the one before is reported by the next call, whichever that is; the error queue has more.
                if let errno = datagrams.send(bytes), !readErrors(at: now) {
                    tell(.unreachable(QuestionObstacle(.socket(SocketError(system: errno)))), at: now)
                }
            case .stream(let bytes):
                unsent += bytes
                openStream(at: now)
                flush(at: now)
            }
        }
    }

    /// True where there was one.
    @discardableResult
    private func readErrors(at now: Instant) -> Bool {
        guard let obstacle = Self.obstacle(on: datagrams, datagrams.socketError()) else { return false }
        tell(.unreachable(obstacle), at: now)
        return true
    }

    /// Why a socket failed: the error queue knows who says so. Nil where it has not failed.
    private static func obstacle(on socket: ProbeSocket, _ error: Int32, isOverTCP: Bool = false) -> QuestionObstacle? {
        for entry in socket.errorQueue() {
            guard let family = entry.icmpFamily else { continue }
            let isOwn = entry.sender != nil && entry.sender == socket.localEndpoint?.address
            let error = ICMPError(family: family, type: entry.type, code: entry.code)
            return QuestionObstacle(.icmp(error, sender: entry.sender), isOverTCP: isOverTCP, isOwn: isOwn)
        }
        guard error != 0 else { return nil }
        return QuestionObstacle(.socket(SocketError(system: error)), isOverTCP: isOverTCP)
    }

    private func endStream(_ error: Int32, _ socket: ProbeSocket, at now: Instant) {
        let obstacle = Self.obstacle(on: socket, error, isOverTCP: true)
        tell(.streamEnded(obstacle ?? QuestionObstacle(.closed, isOverTCP: true)), at: now)
    }

    func readDatagrams(at now: Instant) {
        // A bounded part at a time: anybody may write to this port.
        for _ in 0..<16 {
            switch datagrams.receive() {
            case .bytes(let bytes, _): tell(.datagram(bytes), at: now)
            case .failed(let errno):
                if !readErrors(at: now) {
                    tell(.unreachable(QuestionObstacle(.socket(SocketError(system: errno)))), at: now)
                }
                return
            case .endOfStream, .wouldBlock:
                readErrors(at: now)
                return
            }
        }
    }

    // MARK: The connection

    private func openStream(at now: Instant) {
        guard stream == nil else { return }
        let socket: ProbeSocket
        do {
            socket = try ProbeSocket(.tcp, inquiry.server.family, options: ProbeSocket.Options())
        } catch {
            let why = QuestionObstacle(.socket(SocketError(system: error.errno)), isOverTCP: true)
            return tell(.streamEnded(why), at: now)
        }
        stream = socket
        newStream = socket.descriptor
        if case .failed(let errno) = socket.connect(to: Endpoint(inquiry.server, 53)) {
            endStream(errno, socket, at: now)
        }
    }

    private func flush(at now: Instant) {
        guard let stream, !unsent.isEmpty, stream.tcpInfo()?.isEstablishedOrLater ?? false else { return }
        if stream.send(unsent) == nil { unsent = [] }
    }

    /// Returns false when nothing more comes of the connection.
    func readStream(at now: Instant) -> Bool {
        guard let stream else { return false }
        let error = stream.socketError()
        if error != 0 {
            endStream(error, stream, at: now)
            return false
        }
        flush(at: now)
        for _ in 0..<16 {
            switch stream.receive() {
            case .bytes(let bytes, _): tell(.stream(bytes), at: now)
            case .endOfStream:
                endStream(0, stream, at: now)
                return false
            case .failed(let errno):
                endStream(errno, stream, at: now)
                return false
            case .wouldBlock: return true
            }
        }
        return true
    }
}
