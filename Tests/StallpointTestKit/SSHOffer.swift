public import PacketWire

/// What one end of SSH offers, as it stands on the wire: RFC 4253 sections 6 and 7.1.
public struct SSHOffer: Sendable {
    public var methods: String
    public var ciphers: String
    public var codes: String

    public init(methods: String = "curve25519-sha256", ciphers: String = "aes128-ctr", codes: String = "hmac-sha2-256")
    {
        (self.methods, self.ciphers, self.codes) = (methods, ciphers, codes)
    }

    private static func string(_ text: String) -> [UInt8] {
        [0, 0, UInt8(text.utf8.count >> 8), UInt8(text.utf8.count & 0xFF)] + text.utf8
    }

    private static func packet(_ payload: [UInt8]) -> [UInt8] {
        let length = payload.count + 5
        return [0, 0, UInt8(length >> 8), UInt8(length & 0xFF), 4] + payload + [0, 0, 0, 0]
    }

    private var payload: [UInt8] {
        let lists = [methods, "ssh-ed25519", ciphers, ciphers, codes, codes, "none", "none", "", ""]
        return [20] + [UInt8](repeating: 7, count: 16) + lists.flatMap(Self.string) + [0, 0, 0, 0, 0]
    }

    public var packet: [UInt8] { Self.packet(payload) }
    public var message: SSHKeyExchangeInit? { SSHKeyExchangeInit(decoding: payload.span) }

    public static func disconnect(_ reason: UInt8, _ text: String) -> [UInt8] {
        packet([1, 0, 0, 0, reason] + string(text) + string(""))
    }
}
