/// The way from a mail server's greeting to TLS as somebody overhears it: both ends' lines come in, in order.
///
/// `StartTLS` goes that way itself; this one follows any client on it, and stops where the client does something else.
public struct StartTLSReading: Hashable, Sendable {
    public enum Outcome: Hashable, Sendable {
        /// The client asked for TLS, and what comes next is TLS.
        case ready
        /// The server does not want it, or not now.
        case refused(NetworkText)
        /// The client went on in the clear.
        case wentOn
        /// It is neither of these services, or more than anybody has to say.
        case strange
    }

    private enum State: Hashable {
        /// Nobody waits for anything that matters here.
        case idle
        case capabilities
        case answer
    }

    public let service: StartTLS.Service
    /// The lines of what the server offers, 64 at most.
    public private(set) var capabilities: [NetworkText] = []
    /// The list of them came to its end.
    public private(set) var isListed = false
    /// The server knows no such list, or does not give it.
    public private(set) var isListRefused = false
    /// What it turned the client away with in place of the list.
    public private(set) var refusal: NetworkText?
    /// Nil while it goes on.
    public private(set) var outcome: Outcome?
    private var state = State.idle
    /// The client did not wait for the list before it asked for TLS.
    private var asksBehindList = false
    private var tag = ""
    /// Beginnings of lines.
    private var client: [UInt8] = []
    private var server: [UInt8] = []
    private var read = 0

    public init(_ service: StartTLS.Service) {
        self.service = service
    }

    /// Whether the list says anything of TLS; nil while there is no whole list.
    public var isOffered: Bool? { isListed ? StartTLS.Offer(service, capabilities).isThere : nil }
    /// What stands written over the offer, where something does.
    public var garbled: NetworkText? { isListed ? StartTLS.Offer(service, capabilities).garbled : nil }

    /// The next bytes of one end; they may end in the middle of a line.
    public mutating func read(_ bytes: Span<UInt8>, fromClient: Bool) {
        for place in 0..<bytes.count where outcome == nil {
            read &+= 1
            guard read <= StartTLS.longest else {
                outcome = .strange
                return
            }
            let byte = bytes[place]
            if byte == 0x0A {
                let line = NetworkText(bytes: Array((fromClient ? client : server).prefix(200)))
                if fromClient { client = [] } else { server = [] }
                if fromClient { hear(line) } else { answer(line) }
            } else if byte != 0x0D {
                if fromClient { client.append(byte) } else { server.append(byte) }
            }
        }
    }

    private mutating func hear(_ line: NetworkText) {
        var words = line.description.split(separator: " ", maxSplits: 2).map(String.init)
        if service == .imap, words.count > 1 { tag = words.removeFirst() }
        switch words.first?.uppercased() {
        case "EHLO", "CAPABILITY", "CAPA":
            (state, capabilities, isListed, asksBehindList) = (.capabilities, [], false, false)
            (isListRefused, refusal) = (false, nil)
        case "STARTTLS", "STLS":
            if state == .capabilities { asksBehindList = true } else { state = .answer }
        // Before and after the list, a client may say these and still want TLS.
        case "NOOP", "ID", "QUIT", "LOGOUT": break
        default: outcome = .wentOn
        }
    }

    private mutating func answer(_ line: NetworkText) {
        let words = line.description
        switch state {
        case .idle: break
        case .capabilities:
            if capabilities.count < 64 { capabilities.append(line) }
            guard service.endsList(words, tag: tag) else { return }
            // A server that knows no list has not said that it offers nothing.
            isListed = service.completesList(words, tag: tag)
            isListRefused = !isListed
            refusal = service.refuses(words, tag: tag) ? line : nil
            state = asksBehindList ? .answer : .idle
        case .answer:
            guard let isGood = service.agrees(words, tag: tag) else { return }
            outcome = isGood ? .ready : .refused(line)
        }
    }
}
