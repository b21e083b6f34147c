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

    private(set) var configuration: TLSClientConfiguration
    private(set) var cut = Cut.whole
    private var variant = HelloVariant.unchanged
    /// Nothing is wanted but the first answer, for which no TLS library is needed: the hello is of our own making.
    private(set) var isOnlyHello = false

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

    /// The hello to the proxy itself, as any client's: what was asked for is about the target.
    init(proxy host: String, _ options: TLSOptions) {
        configuration = TLSClientConfiguration(host: host, trust: options.trust)
        configuration.enforcesVerification = !options.isInsecure
        configuration.applicationProtocols = ["http/1.1"]
    }

    /// With one thing changed. A trial asks whether the hello gets through: certificates are looked at, and no more.
    func changed(by variant: HelloVariant) -> HelloShape {
        var shape = self
        shape.configuration.enforcesVerification = false
        shape.isOnlyHello = true
        switch variant {
        // Whose certificate is shown for it is wanted, too.
        case .otherName:
            shape.configuration.serverName = Self.name(asLongAs: configuration.serverName)
            shape.configuration.verifiedName = shape.configuration.serverName
            shape.isOnlyHello = false
        case .unverified, .unchanged: shape.isOnlyHello = false
        case .inTwo, .smallInTwo: shape.cut = .inTwo
        case .inTwoWithPause: shape.cut = .inTwoWithPause
        case .inSmallSegments: shape.cut = .small
        case .withoutName, .withoutALPN, .withALPN, .olderVersion, .small, .large: break
        }
        shape.variant = variant
        return shape
    }

    /// The hello to send, in its record.
    ///
    /// - Parameter own: The one that the TLS library would send: what is not changed stays as it is, so that who knows
    ///   clients by their hellos knows this one, too.
    func hello(from own: [UInt8]) -> [UInt8] {
        guard isOnlyHello, var hello = TLSStream(decoding: own.span).clientHello else { return own }
        var generator = SystemRandomNumberGenerator()
        switch variant {
        case .withoutName: hello.remove(.serverName)
        case .withoutALPN: hello.remove(.applicationProtocols)
        case .withALPN: hello.set(.applicationProtocols(["h2", "http/1.1"]))
        case .olderVersion: hello.offerTLS12Only()
        case .small, .smallInTwo: hello.makeSmall(using: &generator)
        case .large: hello.makePostQuantum(atLeast: Self.longerThanSegment, using: &generator)
        case .otherName, .inTwo, .inTwoWithPause, .inSmallSegments, .unverified, .unchanged: break
        }
        var bytes: [UInt8] = []
        hello.encode(into: &bytes)
        return bytes
    }

    /// A segment of a usual packet has 1,460 bytes; what browsers send today is some 1,700 long.
    private static let longerThanSegment = 1_700

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
