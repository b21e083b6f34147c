extension DNSRecord.Data {
    /// What it says, as zone files have it (RFC 1035 section 5.1): short, and safe to print.
    public var text: String {
        switch self {
        case .a(let address): address.description
        case .aaaa(let address): address.description
        case .name(let name): name.description
        case .soa(let authority): "\(authority.primaryServer) \(authority.responsible) \(authority.serial)"
        case .mx(let preference, let exchange): "\(preference) \(exchange)"
        case .txt(let texts):
            texts.prefix(4).map { text in
                "\"\(NetworkText(bytes: Array(text.bytes.prefix(Self.shown))))\(text.bytes.count > Self.shown ? "…" : "")\""
            }.joined(separator: " ") + (texts.count > 4 ? " …" : "")
        case .srv(let priority, let weight, let port, let target): "\(priority) \(weight) \(port) \(target)"
        case .opt(let options): "\(options.count) options"
        // RFC 3597 section 5, without the length.
        case .raw(let bytes):
            bytes.prefix(Self.shown).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
                + (bytes.count > Self.shown ? "…" : "")
        }
    }

    private static let shown = 40
}

extension DNSMessage {
    /// The records of the type that was asked for, as text and in order; empty where there are none, or no question.
    public var answerTexts: [String] {
        guard let question = questions.first else { return [] }
        return answers.filter { $0.type == question.type || question.type == .any }.map {
            question.type == .any ? "\($0.type) \($0.data.text)" : $0.data.text
        }.sorted()
    }
}

extension DNSType {
    /// By its name, or as `TYPE65` (RFC 3597 section 5), in any case.
    public init?(named text: some StringProtocol) {
        let text = text.uppercased()
        if let known = Self.named[text] {
            self = known
        } else if text.hasPrefix("TYPE"), text.utf8.dropFirst(4).allSatisfy({ (0x30...0x39).contains($0) }),
            let number = UInt16(text.dropFirst(4))
        {
            self.init(rawValue: number)
        } else {
            return nil
        }
    }

    /// Not what stands for a transfer of a zone or for the message itself (RFC 6895 section 3.1: 128 to 254, and OPT), nor 0.
    public var canBeAsked: Bool { self != .opt && rawValue != 0 && !(128...254).contains(rawValue) }

    /// Those that are known by name.
    private static let named: [String: DNSType] = {
        let types: [DNSType] = [
            .a, .ns, .cname, .soa, .ptr, .mx, .txt, .aaaa, .srv, .dname, .rrsig, .svcb, .https, .any, .caa,
        ]
        return Dictionary(uniqueKeysWithValues: types.map { ($0.description, $0) })
    }()
}
