public import PacketWire

/// What a person wants the datagrams of a UDP probe to bear.
public enum PayloadChoice: Sendable, Hashable {
    /// The service's own question, whatever the port.
    case service(UDPService)
    /// These bytes, and nothing is known of what would answer them.
    case bytes([UInt8])

    /// Every path takes that much in one piece, or nearly every one.
    public static let mostBytes = 1_400
    /// Said to a TCP service: as long as the longest record of TLS.
    public static let mostBytesOfStream = 16_384
}

/// The datagrams of one UDP target. A service answers what it understands, so a known port gets its own question;
/// everything else gets a few bytes that mean nothing to anybody.
struct UDPPayload: Sendable {
    /// Whose question it is; nil where nothing is known of what would answer.
    let service: UDPService?
    let transaction: ServiceTransaction
    private let bytes: [UInt8]

    init(port: UInt16, choice: PayloadChoice? = nil, transaction: ServiceTransaction) {
        self.transaction = transaction
        switch choice {
        case .service(let service): self.service = service
        case .bytes: service = nil
        case nil: service = UDPService.on(port: port)
        }
        if case .bytes(let bytes) = choice {
            self.bytes = bytes
        } else {
            bytes = service?.question(transaction) ?? Self.text
        }
    }

    /// What an attempt bears that is a flow of its own; the same when it is sent again.
    var first: [UInt8] { bytes }

    /// The service's question with a number of its own, which an answer must bring back: for whoever asks more than once
    /// on one flow. What nobody knows is asked in the same bytes each time.
    func question(_ number: Int) -> [UInt8] { service?.question(again(number)) ?? bytes }

    private func again(_ number: Int) -> ServiceTransaction {
        // Beside those of a ladder, and below those of the next target.
        ServiceTransaction(transaction.number &+ UInt64(Self.mostLengths + 1 + number % 100))
    }

    /// The same for a packet of a ladder, which must be known among the others by its length (`PacketName`), and by
    /// its first two bytes where the answer brings them back, as DNS does. The first two bytes alone would not do:
    /// routers that quote eight bytes do not quote them.
    ///
    /// A question that has no other length is not asked by a ladder: its packets are there to run out on the way, and
    /// what they mean to the host is asked by the attempt itself.
    ///
    /// - Parameter number: of the packet in its ladder. Lengths repeat after `lengths` of them, so that no datagram
    ///   grows beyond what every path takes.
    func rung(_ number: Int) -> [UInt8] {
        let number = number % lengths + 1
        let transaction = ServiceTransaction(transaction.number &+ UInt64(number))
        if let service, service.fillings > 0 { return service.question(transaction, filling: number) }
        if service == nil, bytes != Self.text { return bytes + [UInt8](repeating: 0, count: number) }
        let head = [UInt8(truncatingIfNeeded: transaction.number >> 8), UInt8(truncatingIfNeeded: transaction.number)]
        // None is as long as what the attempts bear.
        var length = Self.text.count + number
        if length >= bytes.count, bytes.count > Self.text.count { length += 1 }
        return head + (2..<length).map { Self.text[$0 % Self.text.count] }
    }

    var lengths: Int {
        if let service, service.fillings > 0 { return service.fillings }
        return service == nil && bytes != Self.text ? Self.fewLengths : Self.mostLengths
    }

    static let mostLengths = 128
    /// Of what may be long in itself.
    static let fewLengths = 32

    private static let text = Array("stallpnt".utf8)

    /// What came back for `first`; nil where nothing is known of it.
    func check(_ reply: [UInt8]) -> ServiceReply? {
        service.map { $0.check(reply.span, to: transaction) }
    }

    /// What came back for one of several questions.
    func check(_ reply: [UInt8], toQuestion number: Int) -> ServiceReply? {
        service.map { $0.check(reply.span, to: again(number)) }
    }
}
