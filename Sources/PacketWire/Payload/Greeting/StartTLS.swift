/// The way from a mail server's greeting to TLS, as a client goes it: lines come in, commands go out.
/// SMTP has RFC 3207, IMAP and POP3 have RFC 2595.
public struct StartTLS: Hashable, Sendable {
    public enum Service: String, Hashable, Sendable, CaseIterable {
        case smtp = "SMTP"
        case imap = "IMAP"
        case pop3 = "POP3"

        public init?(usualOn port: UInt16) {
            switch port {
            case 25, 587: self = .smtp
            case 110: self = .pop3
            case 143: self = .imap
            default: return nil
            }
        }
    }

    public enum Failure: Hashable, Sendable {
        /// What the server offers holds no such word.
        case notOffered
        /// In its place stands what a box has written over it: `XXXXXXXA`.
        case garbled(NetworkText)
        /// The server does not want it, or not now.
        case refused(NetworkText)
        /// It greets as another service does, or not at all.
        case foreign(NetworkText)
    }

    public enum Step: Hashable, Sendable {
        case wait
        case send([UInt8])
        /// TLS begins with the next byte.
        case ready
        case failed(Failure)
    }

    private enum State: Hashable {
        case greeting
        case capabilities
        case answer
        case over
    }

    public let service: Service
    public private(set) var greeting: NetworkText?
    /// The lines of what it offers, 64 at most.
    public private(set) var capabilities: [NetworkText] = []
    private var state = State.greeting
    private var buffer: [UInt8] = []
    /// More than any server has to say.
    static let longest = 16_384

    public init(_ service: Service) {
        self.service = service
    }

    /// What is to be done after some more bytes; they may end in the middle of a line.
    public mutating func receive(_ bytes: [UInt8]) -> Step {
        guard state != .over else { return .wait }
        buffer += bytes.prefix(Self.longest - buffer.count)
        while let end = buffer.firstIndex(of: 0x0A) {
            var line = Array(buffer[..<end])
            buffer.removeFirst(end + 1)
            if line.last == 0x0D { line.removeLast() }
            let step = take(NetworkText(bytes: Array(line.prefix(200))))
            if step != .wait { return step }
        }
        return buffer.count >= Self.longest ? fail(.foreign(NetworkText(bytes: Array(buffer.prefix(80))))) : .wait
    }

    private mutating func fail(_ failure: Failure) -> Step {
        state = .over
        return .failed(failure)
    }

    private mutating func take(_ line: NetworkText) -> Step {
        switch state {
        case .greeting: return greet(line)
        case .capabilities: return note(line)
        case .answer:
            guard let isGood = verdict(line) else { return .wait }
            state = .over
            return isGood ? .ready : .failed(.refused(line))
        case .over: return .wait
        }
    }

    private mutating func greet(_ line: NetworkText) -> Step {
        if greeting == nil { greeting = line }
        let words = line.description
        switch service {
        case .smtp:
            if words.hasPrefix("220-") { return .wait }
            guard words.hasPrefix("220") else { return fail(refusal(line, "4", "5")) }
        case .imap:
            guard words.hasPrefix("* OK") || words.hasPrefix("* PREAUTH") else { return fail(refusal(line, "* BYE")) }
        case .pop3: guard words.hasPrefix("+OK") else { return fail(refusal(line, "-ERR")) }
        }
        state = .capabilities
        return .send(Array(question.utf8))
    }

    private func refusal(_ line: NetworkText, _ beginnings: String...) -> Failure {
        beginnings.contains { line.description.hasPrefix($0) } ? .refused(line) : .foreign(line)
    }

    private var question: String {
        switch service {
        // A name that nobody has: RFC 6761 section 6.4. A server that minds says so only to senders.
        case .smtp: "EHLO stallpoint.invalid\r\n"
        case .imap: "a1 CAPABILITY\r\n"
        case .pop3: "CAPA\r\n"
        }
    }

    private var command: String {
        switch service {
        case .smtp: "STARTTLS\r\n"
        case .imap: "a2 STARTTLS\r\n"
        case .pop3: "STLS\r\n"
        }
    }

    private mutating func note(_ line: NetworkText) -> Step {
        if capabilities.count < 64 { capabilities.append(line) }
        guard service.endsList(line.description, tag: "a1") else { return .wait }
        if service.refuses(line.description, tag: "a1") { return fail(.refused(line)) }
        let offer = Offer(service, capabilities)
        // CAPA came later than POP3 (RFC 2449): who does not know it may know TLS.
        let knowsNoList = service == .pop3 && !service.completesList(line.description, tag: "a1")
        if offer.isThere || knowsNoList {
            state = .answer
            return .send(Array(command.utf8))
        }
        return fail(offer.garbled.map(Failure.garbled) ?? .notOffered)
    }

    /// Nil while it goes on.
    private func verdict(_ line: NetworkText) -> Bool? { service.agrees(line.description, tag: "a2") }
}

// MARK: What both who asks and who only listens must know

extension StartTLS {
    /// What the lines of a list of capabilities say of TLS.
    struct Offer {
        let isThere: Bool
        /// A word as long as the one that is missing, of one letter nearly throughout, as firewalls write over it.
        let garbled: NetworkText?

        init(_ service: Service, _ capabilities: [NetworkText]) {
            let words = capabilities.flatMap { line in
                line.description.uppercased().split { $0 == " " || $0 == "-" || $0 == "[" || $0 == "]" }
            }
            isThere = words.contains(service == .pop3 ? "STLS" : "STARTTLS")
            garbled = words.first { $0.utf8.count >= 4 && $0.dropLast().allSatisfy { $0 == "X" } }
                .map { NetworkText(String($0)) }
        }
    }
}

extension StartTLS.Service {
    /// Whether a list of capabilities ends with that line.
    ///
    /// - Parameter tag: of the client's question, in IMAP.
    func endsList(_ line: String, tag: String) -> Bool {
        switch self {
        case .smtp: !line.hasPrefix("250-")
        case .imap: line.hasPrefix("\(tag) ") || line.hasPrefix("* BYE")
        case .pop3: line == "." || line.hasPrefix("-ERR")
        }
    }

    /// Whether that last line says that the list is whole, and not that there is none.
    func completesList(_ line: String, tag: String) -> Bool {
        switch self {
        case .smtp: line.hasPrefix("250")
        case .imap: line.hasPrefix("\(tag) OK")
        case .pop3: line == "."
        }
    }

    /// Whether that last line turns the client away, and not only the question, which a server need not know: 500, 502 and
    /// 504 (RFC 5321 section 4.2.2), BAD (RFC 9051 section 7.1.3), -ERR (RFC 2449 section 5).
    func refuses(_ line: String, tag: String) -> Bool {
        switch self {
        case .smtp:
            (line.hasPrefix("4") || line.hasPrefix("5")) && !["500", "502", "504"].contains { line.hasPrefix($0) }
        case .imap: line.hasPrefix("* BYE") || line.hasPrefix("\(tag) NO")
        case .pop3: false
        }
    }

    /// What a line says to the wish for TLS; nil while it goes on.
    func agrees(_ line: String, tag: String) -> Bool? {
        switch self {
        case .smtp: line.hasPrefix("220-") ? nil : line.hasPrefix("220")
        case .imap: line.hasPrefix("\(tag) ") ? line.hasPrefix("\(tag) OK") : nil
        case .pop3: line.hasPrefix("+OK")
        }
    }
}
