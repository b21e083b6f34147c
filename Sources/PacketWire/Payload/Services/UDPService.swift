/// A service over UDP, and the one question to which it has an answer for a stranger.
///
/// A datagram that a service does not understand says nothing about its port: open and filtered are equally silent. Its
/// own question does, and what comes back can be held against it.
public struct UDPService: Sendable {
    /// What silence means. The reason is what is known of the protocol, not of this server.
    public struct Silence: Sendable, Hashable {
        public enum Reason: Sendable, Hashable {
            /// Whoever asks is answered.
            case unusual
            /// Whoever is not known is not answered.
            case towardsStrangers
            /// Nobody without a key is answered: there is no question that a stranger could ask.
            case byDesign
        }

        public var reason: Reason
        /// A sentence.
        public var meaning: String
        /// What would settle it, as advice.
        public var advice: String

        static func unusual(_ meaning: String, _ advice: String) -> Self {
            Self(reason: .unusual, meaning: meaning, advice: advice)
        }

        static func towardsStrangers(_ meaning: String, _ advice: String) -> Self {
            Self(reason: .towardsStrangers, meaning: meaning, advice: advice)
        }

        static func byDesign(_ meaning: String, _ advice: String) -> Self {
            Self(reason: .byDesign, meaning: meaning, advice: advice)
        }
    }

    let type: any ServiceProtocol.Type
    /// What a DNS server is asked in the place of the service's own question; nil for that.
    public let asked: DNSQuestion?

    init(_ type: any ServiceProtocol.Type, asked: DNSQuestion? = nil) {
        self.type = type
        self.asked = asked
    }

    /// DNS, and this question.
    public static func dns(asking question: DNSQuestion) -> UDPService {
        UDPService(DNSService.self, asked: question)
    }

    /// Why a datagram is no answer to that message of DNS.
    public static func dnsMismatch(_ reply: [UInt8], _ query: DNSMessage) -> ServiceReply.Mismatch {
        if reply == query.encoded() { return .question }
        do throws(DecodeError) {
            guard case .foreign(let mismatch) = try DNSService.check(reply.span, query) else {
                return .anotherTransaction
            }
            return mismatch
        } catch {
            guard case .truncated(let needed, _) = error.problem else { return .malformed }
            return .cut(count: reply.count, needed: error.offset + needed)
        }
    }

    /// As on the command line: `snmpv2c`.
    public var name: String { type.name }
    /// As in reports: `SNMPv2c`.
    public var title: String { type.title }
    /// For which it is chosen when nothing else is said.
    public var ports: [UInt16] { type.ports }
    public var silence: Silence { type.silence }
    public var isSilentByDesign: Bool { silence.reason == .byDesign }
    /// The answer may come from another port than the one that was asked, which a connected socket does not hear.
    public var answersFromOtherPorts: Bool { type.answersFromOtherPorts }
    /// An answer bears something that only the question held: it cannot belong to another one.
    public var echoesTransaction: Bool { type.echoesTransaction }
    /// In how many lengths the question can be asked beside its own; 0 where any other length would break it, or where a
    /// server keeps something for each that it hears.
    public var fillings: Int { type.fillings }

    /// The datagram.
    ///
    /// - Parameter filling: 0 asks plainly. Each number up to `fillings` asks the same, longer by its own amount, so
    ///   that datagrams of one flow can be told apart by their lengths.
    public func question(_ transaction: ServiceTransaction, filling: Int = 0) -> [UInt8] {
        let filling = max(0, min(filling, fillings))
        if let asked { return DNSService.query(asked.name, asked.type, transaction, filling).encoded() }
        return type.question(transaction, filling: filling)
    }

    /// Whether a datagram is the answer to that question.
    public func check(_ reply: Span<UInt8>, to transaction: ServiceTransaction) -> ServiceReply {
        if reply.array(0..<reply.count) == question(transaction) { return .foreign(.question) }
        return read(reply, transaction)
    }

    /// Whether a datagram is the answer to a question that bears this.
    func read(_ reply: Span<UInt8>, _ transaction: ServiceTransaction) -> ServiceReply {
        do throws(DecodeError) {
            if let asked {
                return try DNSService.check(reply, DNSService.query(asked.name, asked.type, transaction, 0))
            }
            return try type.check(reply, transaction)
        } catch {
            guard case .truncated(let needed, _) = error.problem else { return .foreign(.malformed) }
            return .foreign(.cut(count: reply.count, needed: error.offset + needed))
        }
    }
}

extension UDPService: Hashable {
    public static func == (a: UDPService, b: UDPService) -> Bool { a.name == b.name && a.asked == b.asked }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(name)
        hasher.combine(asked)
    }
}

/// One service as one small file: its question, and how its answer is known.
protocol ServiceProtocol: SendableMetatype {
    static var name: String { get }
    static var title: String { get }
    static var ports: [UInt16] { get }
    static var silence: UDPService.Silence { get }
    static var answersFromOtherPorts: Bool { get }
    static var echoesTransaction: Bool { get }
    static var fillings: Int { get }
    /// Where its question is looked for.
    static var questionPorts: [UInt16] { get }
    /// Either end may begin: what comes back need not be an answer.
    static var isMutual: Bool { get }
    static func question(_ transaction: ServiceTransaction, filling: Int) -> [UInt8]
    /// What tells somebody's question from another, if it is one whose answer `check` knows; nil for all others.
    static func transaction(of question: Span<UInt8>) throws(DecodeError) -> ServiceTransaction?
    /// - Throws: Where the reply ends too early, or makes no sense.
    static func check(_ reply: Span<UInt8>, _ transaction: ServiceTransaction) throws(DecodeError) -> ServiceReply
    /// That it does not serve, or not now, where an answer says so.
    static func refusal(_ answer: Span<UInt8>) -> ServiceRefusal?
}

extension ServiceProtocol {
    static var answersFromOtherPorts: Bool { false }
    static var echoesTransaction: Bool { true }
    static var fillings: Int { 0 }
    static var questionPorts: [UInt16] { ports }
    static var isMutual: Bool { false }
    static func transaction(of question: Span<UInt8>) throws(DecodeError) -> ServiceTransaction? { nil }
    static func refusal(_ answer: Span<UInt8>) -> ServiceRefusal? { nil }
}
