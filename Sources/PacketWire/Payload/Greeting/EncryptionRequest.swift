/// How PostgreSQL's client begins that wants an encrypted connection: a length of eight and a number that is no version
/// (its manual, section 53.7, SSLRequest and GSSENCRequest). The server answers with one byte, and TLS or the plain protocol
/// follows.
public enum EncryptionRequest {
    public static let length: UInt32 = 8
    public static let answerLength: UInt32 = 1

    /// Of the request, or of the answer to it.
    public static func length(fromInitiator: Bool) -> UInt32 { fromInitiator ? length : answerLength }

    private static let numbers: [UInt32] = [80_877_103, 80_877_104]

    /// Whether these bytes are one, and no more.
    public static func isPresent(_ bytes: Span<UInt8>) -> Bool {
        bytes.count == Int(length) && bytes.uint32(at: 0) == length && numbers.contains(bytes.uint32(at: 4))
    }

    /// Yes to TLS, yes to GSSAPI, no.
    public static func isAnswer(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "S") || byte == UInt8(ascii: "G") || byte == UInt8(ascii: "N")
    }
}
