/// A DNS message, RFC 1035 section 4: question and answer of the stage in which names become addresses.
public struct DNSMessage: Hashable, Sendable {
    /// The second word of the header: a bit each, and two numbers of four bits.
    @frozen
    public struct Flags: RawRepresentable, Hashable, Sendable {
        public var rawValue: UInt16

        @inlinable
        public init(rawValue: UInt16) {
            self.rawValue = rawValue
        }
    }

    public var identifier: UInt16
    public var flags: Flags
    public var questions: [DNSQuestion]
    public var answers: [DNSRecord]
    public var authority: [DNSRecord]
    public var additional: [DNSRecord]
    /// What stopped the decoder before the counts of the header were met. What came before is good: answers
    /// are cut by small snap lengths, and broken by middleboxes.
    public var problem: DecodeError?

    public init(
        identifier: UInt16, flags: Flags, questions: [DNSQuestion], answers: [DNSRecord] = [],
        authority: [DNSRecord] = [], additional: [DNSRecord] = []
    ) {
        self.identifier = identifier
        self.flags = flags
        self.questions = questions
        self.answers = answers
        self.authority = authority
        self.additional = additional
    }

    static let headerLength = 12

    /// - Parameters:
    ///   - bytes: The frame, or the payload alone.
    ///   - range: The UDP payload, or over TCP what follows the two bytes of length. All by default.
    /// - Throws: Only when the header itself is not there; see `problem` for the rest.
    public init(decoding bytes: Span<UInt8>, in range: Range<Int>? = nil) throws(DecodeError) {
        let range = range ?? 0..<bytes.count
        var cursor = ByteCursor(range, of: bytes, .dns)
        let start = try cursor.take(Self.headerLength).lowerBound
        identifier = bytes.uint16(at: start)
        flags = Flags(rawValue: bytes.uint16(at: start &+ 2))
        questions = []
        answers = []
        authority = []
        additional = []
        let counts = (0..<4).map { Int(bytes.uint16(at: start &+ 4 &+ $0 &* 2)) }
        do throws(DecodeError) {
            for _ in 0..<counts[0] {
                let name = try DNSName(decoding: bytes, messageStart: start, &cursor)
                let type = DNSType(rawValue: try cursor.uint16(bytes))
                questions.append(DNSQuestion(name, type, DNSClass(rawValue: try cursor.uint16(bytes))))
            }
            for _ in 0..<counts[1] { answers.append(try DNSRecord(decoding: bytes, messageStart: start, &cursor)) }
            for _ in 0..<counts[2] { authority.append(try DNSRecord(decoding: bytes, messageStart: start, &cursor)) }
            for _ in 0..<counts[3] { additional.append(try DNSRecord(decoding: bytes, messageStart: start, &cursor)) }
        } catch {
            problem = error
        }
    }

    /// Appends the message. No section can hold more than its 16-bit count: records behind are left out.
    public func encode(into bytes: inout [UInt8]) {
        bytes.append(bigEndian: identifier)
        bytes.append(bigEndian: flags.rawValue)
        let limit = Int(UInt16.max)
        for count in [questions.count, answers.count, authority.count, additional.count] {
            bytes.append(bigEndian: UInt16(clamping: count))
        }
        for question in questions.prefix(limit) {
            question.name.encode(into: &bytes)
            bytes.append(bigEndian: question.type.rawValue)
            bytes.append(bigEndian: question.recordClass.rawValue)
        }
        for section in [answers, authority, additional] {
            for record in section.prefix(limit) { record.encode(into: &bytes) }
        }
    }

    /// The message alone, for UDP.
    public func encoded() -> [UInt8] {
        var bytes: [UInt8] = []
        encode(into: &bytes)
        return bytes
    }

    /// With the length in front that TCP needs, RFC 1035 section 4.2.2.
    public func encodedForTCP() -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.appendVector16(encoded())
        return bytes
    }
}

extension DNSMessage.Flags {
    private func bit(_ mask: UInt16) -> Bool { rawValue & mask != 0 }

    private mutating func set(_ mask: UInt16, _ value: Bool) {
        rawValue = value ? rawValue | mask : rawValue & ~mask
    }

    /// QR.
    public var isResponse: Bool {
        get { bit(0x8000) }
        set { set(0x8000, newValue) }
    }
    public var opcode: DNSOpcode {
        get { DNSOpcode(rawValue: UInt8(rawValue >> 11 & 0xF)) }
        set { rawValue = rawValue & ~0x7800 | UInt16(newValue.rawValue & 0xF) << 11 }
    }
    /// AA.
    public var isAuthoritative: Bool {
        get { bit(0x0400) }
        set { set(0x0400, newValue) }
    }
    /// TC: the answer did not fit; ask again over TCP.
    public var isTruncated: Bool {
        get { bit(0x0200) }
        set { set(0x0200, newValue) }
    }
    /// RD.
    public var recursionDesired: Bool {
        get { bit(0x0100) }
        set { set(0x0100, newValue) }
    }
    /// RA.
    public var recursionAvailable: Bool {
        get { bit(0x0080) }
        set { set(0x0080, newValue) }
    }
    /// AD: validated by DNSSEC.
    public var isAuthenticData: Bool {
        get { bit(0x0020) }
        set { set(0x0020, newValue) }
    }
    /// CD: the sender wants unvalidated data too.
    public var checkingDisabled: Bool {
        get { bit(0x0010) }
        set { set(0x0010, newValue) }
    }
    /// The four bits of the header; `DNSMessage.responseCode` is the whole.
    public var responseCode: DNSResponseCode {
        get { DNSResponseCode(rawValue: rawValue & 0xF) }
        set { rawValue = rawValue & ~0xF | newValue.rawValue & 0xF }
    }
}
