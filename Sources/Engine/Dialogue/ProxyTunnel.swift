import Conversations
import Diagnosis
import PacketWire

/// The way through an HTTP proxy to a place behind it: RFC 9110 section 9.3.6.
struct ProxyTunnel {
    enum Step {
        case wait
        /// What follows goes to the place; a server that speaks first may have been quick.
        case stands(early: [UInt8])
        case failed
    }

    private(set) var fact: HTTPFact
    /// What is to be sent.
    let request: [UInt8]
    private var reader = ResponseReader()

    init(to origin: ApplicationRequest.Origin, at now: Instant) {
        let place = "\(origin.host.inURL):\(origin.port)"
        fact = HTTPFact(method: "CONNECT", path: place, host: place, sentAt: now)
        request = RequestHead("CONNECT \(place)", host: place, authorization: origin.authorization).bytes
    }

    mutating func receive(_ bytes: [UInt8], at now: Instant) -> Step {
        if fact.answeredAt == nil { fact.answeredAt = now }
        fact.received += bytes.count
        switch reader.read(bytes) {
        case .wait: return .wait
        case .foreign(let text):
            fact.foreign = text
            return .failed
        case .head(let head):
            let isAgreed = (200..<300).contains(head.status.code)
            // Behind a head without an end nothing can begin.
            guard head.isComplete || !isAgreed else {
                end(.silence(now - fact.sentAt, isAcknowledged: nil))
                return .failed
            }
            note(head)
            return isAgreed ? .stands(early: reader.rest(behind: head)) : .failed
        }
    }

    /// It broke off before the answer was whole.
    mutating func end(_ end: DialogueEnd) {
        // A refusal is one, even cut.
        if let head = reader.cutHead, head.status.code >= 300 { note(head) } else { fact.end = end }
    }

    private mutating func note(_ head: HTTPHead) {
        fact.status = head.status
        for name in ["Server", "Via", "Proxy-Authenticate"] {
            if let value = head.field(name) { fact.fields[name] = value }
        }
    }
}

/// The lines of an HTTP/1.1 request.
struct RequestHead {
    let bytes: [UInt8]

    /// - Parameter authorization: what a proxy is told of who asks.
    init(_ line: String, host: String, fields: [String] = [], authorization: String? = nil) {
        var lines = ["\(line) HTTP/1.1", "Host: \(host)", "User-Agent: stallpoint/\(ToolVersion.current)"] + fields
        if let authorization { lines.append("Proxy-Authorization: \(authorization)") }
        bytes = Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8)
    }
}

extension String {
    /// As a host stands before a port: an IPv6 address in brackets (RFC 3986 section 3.2.2).
    var inURL: String { IPAddress(self)?.family == .v6 ? "[\(self)]" : self }
}
