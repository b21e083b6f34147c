/// Somebody's question to a service over UDP, recognised by its port and its shape: what comes back for it can be held
/// against it, as a probe holds it against its own.
public struct AskedService: Sendable, Hashable {
    public let service: UDPService
    private let transaction: ServiceTransaction
    /// Of the whole datagram.
    private let length: Int
    private let digest: FNV1a

    /// Nil where it is no question, or not surely one that the service's answer is known to.
    public init?(_ question: Span<UInt8>, port: UInt16) {
        for service in UDPService.all where service.type.questionPorts.contains(port) {
            guard let transaction = try? service.type.transaction(of: question) else { continue }
            self.service = service
            self.transaction = transaction
            (length, digest) = (question.count, FNV1a(of: question))
            return
        }
        return nil
    }

    /// What surely is no answer; nil for what is one, and where that is not sure: a reply to an earlier question of the
    /// same client looks as one to nobody's does.
    public func mismatch(_ reply: Span<UInt8>) -> ServiceReply.Mismatch? {
        if reply.count == length, FNV1a(of: reply) == digest { return .question }
        guard !service.type.isMutual, case .foreign(let mismatch) = service.read(reply, transaction) else { return nil }
        return switch mismatch {
        case .question, .cut, .anotherProtocol, .malformed: mismatch
        case .anotherTransaction, .noReply: nil
        }
    }

    /// What an answer to this very question says of not serving; nil where it says nothing of that, or is none.
    public func refusal(_ reply: Span<UInt8>) -> ServiceRefusal? {
        guard case .answered = service.read(reply, transaction) else { return nil }
        return service.type.refusal(reply)
    }
}

extension FNV1a {
    fileprivate init(of bytes: Span<UInt8>) {
        self.init()
        add(bytes)
    }
}
