public import PacketWire

/// A question to a service over UDP, and what came back first.
public struct ServiceExchange: Sendable, Hashable {
    public let asked: Seen<AskedService>
    /// What surely is no answer.
    public internal(set) var mismatch: Seen<ServiceReply.Mismatch>?
    /// The service answers that it does not serve, or not now.
    public internal(set) var refusal: Seen<ServiceRefusal>?
    /// Something came back.
    public internal(set) var isAnswered = false

    init?(_ question: Span<UInt8>, port: UInt16, frame: Int, at: Instant) {
        guard let asked = AskedService(question, port: port) else { return nil }
        self.asked = Seen(value: asked, frame: frame, at: at)
    }

    /// - Parameter isCut: the capture has not the whole of it: then nobody knows what it is.
    mutating func read(reply: Span<UInt8>, isCut: Bool, frame: Int, at: Instant) {
        guard !isAnswered else { return }
        isAnswered = true
        guard !isCut else { return }
        if let mismatch = asked.value.mismatch(reply) {
            self.mismatch = Seen(value: mismatch, frame: frame, at: at)
        } else if let refusal = asked.value.refusal(reply) {
            self.refusal = Seen(value: refusal, frame: frame, at: at)
        }
    }

    var isPlain: Bool { mismatch == nil && refusal == nil }
}
