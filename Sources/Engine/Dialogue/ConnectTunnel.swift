import Conversations
import Diagnosis
import FoundationEssentials
import PacketWire

/// The way through an HTTP proxy to a place behind it: RFC 9110 section 9.3.6.
struct ConnectTunnel: Tunnel {
    private var fact: HTTPFact
    let request: [UInt8]
    private var reader = ResponseReader()

    init(to origin: ApplicationRequest.Origin, at now: Instant) {
        let place = "\(origin.host.inURL):\(origin.port)"
        fact = HTTPFact(method: "CONNECT", path: place, host: place, sentAt: now)
        request = RequestHead("CONNECT \(place)", host: place, login: origin.login).bytes
    }

    mutating func receive(_ bytes: [UInt8], at now: Instant) -> TunnelStep {
        if fact.answeredAt == nil { fact.answeredAt = now }
        fact.received += bytes.count
        switch reader.read(bytes) {
        case .wait: return .wait
        case .foreign(let text):
            fact.foreign = text
            return .failed
        case .head(let head), .endless(let head):
            let isAgreed = (200..<300).contains(head.status.code)
            // Behind a head without an end nothing can begin.
            guard head.isComplete || !isAgreed else {
                fact.isEndless = true
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

    func note(in facts: inout ApplicationFacts) { facts.tunnel = fact }

    private mutating func note(_ head: HTTPHead) {
        fact.status = head.status
        fact.fields["Server"] = head.field("Server")
        for name: StaticString in ["Via", "Proxy-Authenticate"] { fact.fields["\(name)"] = head.list(name) }
    }
}

/// The lines of an HTTP/1.1 request.
struct RequestHead {
    let bytes: [UInt8]

    /// - Parameter login: what a proxy is told of who asks.
    init(_ line: String, host: String, fields: [String] = [], login: ProxyLogin? = nil) {
        var lines = ["\(line) HTTP/1.1", "Host: \(host)", "User-Agent: stallpoint/\(ToolVersion.current)"] + fields
        if let login { lines.append("Proxy-Authorization: \(login.basic)") }
        bytes = Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8)
    }
}

extension ProxyLogin {
    /// The value of Proxy-Authorization: RFC 9110 section 11.7.2, RFC 7617 section 2.
    fileprivate var basic: String { "Basic " + Data(user + [UInt8(ascii: ":")] + password).base64EncodedString() }
}

extension String {
    /// As a host stands before a port: an IPv6 address in brackets (RFC 3986 section 3.2.2).
    var inURL: String { IPAddress(self)?.family == .v6 ? "[\(self)]" : self }
}
