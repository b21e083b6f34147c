/// PPP over Ethernet, RFC 2516 section 4.
@frozen
public struct PPPoEHeader: Hashable, Sendable {
    public static let length = 6

    /// 0 in the session stage; the discovery stage uses other values.
    public var code: UInt8
    public var sessionID: UInt16
    public var payloadLength: UInt16

    public init(sessionID: UInt16, payloadLength: UInt16) {
        code = 0
        self.sessionID = sessionID
        self.payloadLength = payloadLength
    }

    public init(decoding bytes: Span<UInt8>, at offset: Int) throws(DecodeError) {
        try bytes.require(Self.length, at: offset, for: .pppoe)
        guard bytes[offset] == 0x11 else {
            throw DecodeError(.pppoe, at: offset, .badVersion(bytes[offset] >> 4))
        }
        code = bytes[offset &+ 1]
        sessionID = bytes.uint16(at: offset &+ 2)
        payloadLength = bytes.uint16(at: offset &+ 4)
    }

    public func encode(into bytes: inout [UInt8]) {
        bytes.append(0x11)
        bytes.append(code)
        bytes.append(bigEndian: sessionID)
        bytes.append(bigEndian: payloadLength)
    }
}
