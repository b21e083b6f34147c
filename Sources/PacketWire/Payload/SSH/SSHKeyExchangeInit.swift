/// What one end of an SSH connection offers, in the clear and before any key: RFC 4253 section 7.1.
public struct SSHKeyExchangeInit: Hashable, Sendable {
    /// Whose algorithms a list is of, in the order of the message.
    public enum Kind: Int, Hashable, Sendable, CaseIterable {
        case keyExchange, hostKey, cipherToServer, cipherToClient, codeToServer, codeToClient
        case compressionToServer, compressionToClient

        public var phrase: String {
            switch self {
            case .keyExchange: "key exchange method"
            case .hostKey: "kind of host key"
            case .cipherToServer: "cipher towards the server"
            case .cipherToClient: "cipher towards the client"
            case .codeToServer: "message authentication code towards the server"
            case .codeToClient: "message authentication code towards the client"
            case .compressionToServer: "compression towards the server"
            case .compressionToClient: "compression towards the client"
            }
        }
    }

    static let message: UInt8 = 20
    private static let cookieLength = 16

    /// One list for each kind, names separated by commas.
    private var lists: [[UInt8]] = []

    /// Reads a packet's payload, message number included; nil where it is none, or ends early.
    public init?(decoding payload: Span<UInt8>) {
        guard payload.count > 1 + Self.cookieLength, payload[0] == Self.message else { return nil }
        var place = 1 + Self.cookieLength
        for _ in Kind.allCases {
            guard let list = payload.sshString(at: &place) else { return nil }
            lists.append(list)
        }
    }

    /// The names of a list, best first.
    public func names(_ kind: Kind) -> [NetworkText] {
        lists[kind.rawValue].split(separator: UInt8(ascii: ",")).map { NetworkText(bytes: Array($0)) }
    }
}

extension Span where Element == UInt8 {
    /// A length of four bytes and so many bytes: RFC 4251 section 5. Nil where they are not all there.
    func sshString(at place: inout Int) -> [UInt8]? {
        guard available(from: place) >= 4 else { return nil }
        let length = Int(uint32(at: place))
        guard length <= available(from: place &+ 4) else { return nil }
        defer { place &+= 4 &+ length }
        return array(place &+ 4..<place &+ 4 &+ length)
    }
}

/// Two ends of an SSH connection that have no algorithm in common, and part.
public struct SSHDisagreement: Hashable, Sendable {
    public var kind: SSHKeyExchangeInit.Kind
    public var client: [NetworkText]
    public var server: [NetworkText]

    /// The first kind of which both have none; nil where they agree. The client's first choice that the server has is
    /// taken: RFC 4253 section 7.1.
    public init?(_ client: SSHKeyExchangeInit, _ server: SSHKeyExchangeInit) {
        for kind in SSHKeyExchangeInit.Kind.allCases {
            let (offered, taken) = (client.names(kind).filter(\.isAlgorithm), server.names(kind).filter(\.isAlgorithm))
            guard !offered.contains(where: taken.contains) else { continue }
            if let cipher = kind.cipher, Self.choice(client.names(cipher), server.names(cipher))?.hasOwnCode ?? true {
                continue
            }
            (self.kind, self.client, self.server) = (kind, offered, taken)
            return
        }
        return nil
    }

    private static func choice(_ client: [NetworkText], _ server: [NetworkText]) -> NetworkText? {
        client.first(where: server.contains)
    }
}

extension SSHKeyExchangeInit.Kind {
    /// The cipher that a code goes with.
    fileprivate var cipher: SSHKeyExchangeInit.Kind? {
        switch self {
        case .codeToServer: .cipherToServer
        case .codeToClient: .cipherToClient
        default: nil
        }
    }
}

extension NetworkText {
    /// Marks of what an end can do stand among the key exchange methods and are none: RFC 8308 section 2.1, and OpenSSH's
    /// PROTOCOL section 1.10.
    fileprivate var isAlgorithm: Bool {
        !bytes.starts(with: "ext-info-".utf8) && !bytes.starts(with: "kex-strict-".utf8)
    }

    /// Ciphers that authenticate by themselves need no code: RFC 5647, and OpenSSH's PROTOCOL section 1.6.
    fileprivate var hasOwnCode: Bool {
        let name = String(decoding: bytes, as: UTF8.self)
        return name.contains("-gcm") || name.hasPrefix("AEAD_AES") || name.hasPrefix("chacha20-poly1305")
    }
}
