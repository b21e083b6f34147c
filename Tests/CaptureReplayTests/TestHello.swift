import PacketWire

/// A ClientHello with what makes one differ from another.
struct TestHello {
    var name: NetworkText? = "web.lab"
    var protocols: [NetworkText] = []
    var versions: [TLSVersion] = [.tls13, .tls12]
    var padding = 0
    var ciphers: [UInt16] = [0x1301]

    var bytes: [UInt8] {
        var bytes: [UInt8] = []
        var extensions: [TLSExtension] = name.map { [.serverName($0)] } ?? []
        if !protocols.isEmpty { extensions.append(.applicationProtocols(protocols)) }
        extensions.append(.supportedVersions(versions))
        if padding > 0 { extensions.append(.padding(padding)) }
        ClientHello(
            random: [], cipherSuites: ciphers.map(TLSCipherSuite.init(rawValue:)), extensions: extensions
        ).encode(into: &bytes)
        return bytes
    }

    /// A server's, with what follows it.
    static let answer: [UInt8] = {
        var hello: [UInt8] = [3, 3] + [UInt8](repeating: 9, count: 32) + [0, 0x13, 0x01, 0]
        hello += [0, 6, 0, 43, 0, 2, 3, 4]
        let message: [UInt8] = [2, 0, 0, UInt8(hello.count)] + hello
        return [22, 3, 3, 0, UInt8(message.count)] + message + [20, 3, 3, 0, 1, 1, 23, 3, 3, 0, 4, 1, 2, 3, 4]
    }()
}
