import Diagnosis
import PacketWire
import SecureChannel

/// What one ClientHello is like, and in which pieces it leaves: the target's own, or a variant of it.
struct HelloShape {
    enum Cut {
        case whole
        case inTwo
        case inTwoWithPause
        case small
    }

    var configuration: TLSClientConfiguration
    var cut = Cut.whole

    /// The hello that was asked for.
    init(_ request: ApplicationRequest, host: String, _ options: TLSOptions) {
        configuration = TLSClientConfiguration(host: host, trust: options.trust)
        if let name = options.serverName {
            configuration.serverName = name.isEmpty ? nil : name
            if !name.isEmpty { configuration.verifiedName = name }
        }
        configuration.enforcesVerification = !options.isInsecure
        let offered =
            options.applicationProtocols.isEmpty && request.path != nil ? ["http/1.1"] : options.applicationProtocols
        configuration.applicationProtocols = offered.map { NetworkText($0) }
        configuration.helloPadding = options.helloPadding
    }

    /// With one thing changed. A trial asks whether the hello gets through: certificates are looked at, and no more.
    func changed(by variant: HelloVariant) -> HelloShape {
        var shape = self
        shape.configuration.enforcesVerification = false
        switch variant {
        case .otherName:
            shape.configuration.serverName = Self.name(asLongAs: configuration.serverName)
            shape.configuration.verifiedName = shape.configuration.serverName
        case .withoutName: shape.configuration.serverName = nil
        case .withoutALPN: shape.configuration.applicationProtocols = []
        case .withALPN: shape.configuration.applicationProtocols = ["h2", "http/1.1"]
        case .olderVersion: shape.configuration.maximumVersion = .tls12
        case .small: shape.makeSmall()
        case .smallInTwo:
            shape.makeSmall()
            shape.cut = .inTwo
        case .large: shape.configuration.helloPadding += Self.sizeOfHybridKey
        case .inTwo: shape.cut = .inTwo
        case .inTwoWithPause: shape.cut = .inTwoWithPause
        case .inSmallSegments: shape.cut = .small
        case .unverified, .unchanged: break
        }
        return shape
    }

    /// What suits every server of today, and little else.
    private mutating func makeSmall() {
        configuration.helloPadding = 0
        configuration.groups = [.x25519, .secp256r1]
        configuration.ciphers = "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256"
        configuration.offersTickets = false
        // The usual ones are kept, and a long list is not.
        if configuration.applicationProtocols.reduce(0, { $0 + $1.bytes.count }) > 64 {
            configuration.applicationProtocols.removeLast(configuration.applicationProtocols.count - 1)
        }
    }

    /// More than a segment beside an ordinary hello: a key of X25519MLKEM768 alone has 1,216 bytes.
    private static let sizeOfHybridKey = 1_400

    /// A name of RFC 2606's `.example`, as long as the one that it stands for.
    static func name(asLongAs name: String?) -> String {
        let ending = ".example"
        let wanted = min(name?.utf8.count ?? 19, 63 + ending.utf8.count)
        let label = String("stallpoint".prefix(max(1, wanted - ending.utf8.count)))
        let missing = wanted - ending.utf8.count - label.utf8.count
        return label + String(repeating: "x", count: max(0, missing)) + ending
    }

    /// Each piece is a segment of its own.
    func pieces(of hello: [UInt8]) -> [[UInt8]] {
        switch cut {
        case .whole: return [hello]
        case .inTwo, .inTwoWithPause:
            let middle = Self.middle(of: hello, name: configuration.serverName)
            return [Array(hello[..<middle]), Array(hello[middle...])]
        case .small:
            return stride(from: 0, to: hello.count, by: 400).map { Array(hello[$0..<min($0 + 400, hello.count)]) }
        }
    }

    /// In the middle of the name, so that neither segment holds it whole; of the hello, where it bears none.
    static func middle(of hello: [UInt8], name: String?) -> Int {
        let name = Array((name ?? "").utf8)
        guard name.count > 1, hello.count > name.count else { return hello.count / 2 }
        for start in 0...(hello.count - name.count) where hello[start] == name[0] {
            if hello[start..<start + name.count].elementsEqual(name) { return start + name.count / 2 }
        }
        return hello.count / 2
    }
}
