/// A scenario as it is written in YAML.
struct ScenarioDocument: Decodable {
    var scenario: Scenario

    init(from decoder: any Decoder) throws {
        let fields = try decoder.fields(
            "name", "title", "topology", "setup", "services", "probe", "options", "needs", "pending")
        scenario = Scenario(
            name: try fields.decode(String.self, forKey: "name"),
            title: try fields.decode(String.self, forKey: "title"),
            topology: try fields.topology(forKey: "topology"),
            setup: try fields.decodeIfPresent([String: NodeSetup].self, forKey: "setup") ?? [:],
            services: try fields.decodeIfPresent([String: [ServiceSpecification]].self, forKey: "services") ?? [:],
            probes: try fields.decodeIfPresent([ProbeEntry].self, forKey: "probe")?.flatMap(\.probes) ?? [],
            options: try fields.decodeIfPresent([String].self, forKey: "options") ?? [],
            needs: try fields.decodeIfPresent([String].self, forKey: "needs") ?? [],
            pending: try fields.decodeIfPresent(String.self, forKey: "pending"))
    }
}

/// One entry under `probe`: `target`, or `targets` where several share a truth and an expectation.
private struct ProbeEntry: Decodable {
    var probes: [ScenarioProbe]

    init(from decoder: any Decoder) throws {
        let fields = try decoder.fields("target", "targets", "address", "truth", "expect", "unprivileged")
        let targets =
            try fields.decodeIfPresent([String].self, forKey: "targets")
            ?? [try fields.decode(String.self, forKey: "target")]
        let truth = try fields.decode(Truth.self, forKey: "truth")
        let expectation = try fields.decodeIfPresent(ScenarioExpectation.self, forKey: "expect")
        let unprivileged = try fields.decodeIfPresent(ScenarioExpectation.self, forKey: "unprivileged")
        let address = try fields.decodeIfPresent(String.self, forKey: "address")
        probes = targets.map {
            ScenarioProbe(
                target: $0, address: address, truth: truth, expectation: expectation ?? ScenarioExpectation(),
                unprivilegedExpectation: unprivileged ?? ScenarioExpectation())
        }
    }
}

extension Truth: Decodable {
    public init(from decoder: any Decoder) throws {
        let fields = try decoder.fields("zone", "by", "why")
        self.init(
            zone: try fields.decodeIfPresent(String.self, forKey: "zone"),
            by: try fields.decodeIfPresent(String.self, forKey: "by"),
            why: try fields.decode(String.self, forKey: "why"))
    }
}

extension NodeSetup: Decodable {
    public init(from decoder: any Decoder) throws {
        let fields = try decoder.fields("nft", "ip", "sysctl", "tc", "run")
        self.init(
            nft: try fields.decodeIfPresent(String.self, forKey: "nft") ?? "",
            ip: try fields.decodeIfPresent([String].self, forKey: "ip") ?? [],
            sysctl: try fields.decodeIfPresent([String: String].self, forKey: "sysctl") ?? [:],
            tc: try fields.decodeIfPresent([String].self, forKey: "tc") ?? [],
            run: try fields.decodeIfPresent(String.self, forKey: "run") ?? "")
    }
}

extension ServiceSpecification: Decodable {
    public init(from decoder: any Decoder) throws {
        let text = try decoder.singleValueContainer().decode(String.self)
        guard let service = ServiceSpecification(text) else {
            throw DecodingError.dataCorrupted(
                .init(
                    codingPath: decoder.codingPath,
                    debugDescription: "'\(text)' is not a service like 'tcp/5432 accept' or 'udp/53@ADDRESS dns'"))
        }
        self = service
    }
}

extension ScenarioExpectation: Decodable {
    public init(from decoder: any Decoder) throws {
        let fields = try decoder.fields(
            "verdict", "stage", "mechanism", "zones", "actor", "after_hop", "before_hop", "confidence")
        self.init(
            verdict: try fields.expected(forKey: "verdict"), stage: try fields.expected(forKey: "stage"),
            mechanism: try fields.expected(forKey: "mechanism"), zones: try fields.expectedZones(forKey: "zones"),
            actor: try fields.expected(forKey: "actor"), afterHop: try fields.expected(forKey: "after_hop"),
            beforeHop: try fields.expected(forKey: "before_hop"),
            confidence: try fields.expected(forKey: "confidence"))
    }
}

/// `3`, or `{ttl: 3, address: firewall}`.
extension ExpectedHop: Decodable {
    public init(from decoder: any Decoder) throws {
        if let ttl = try? decoder.singleValueContainer().decode(Int.self) {
            self.init(ttl: ttl)
            return
        }
        let fields = try decoder.fields("ttl", "address")
        self.init(
            ttl: try fields.decode(Int.self, forKey: "ttl"),
            address: try fields.decodeIfPresent(String.self, forKey: "address"))
    }
}

/// A key by its text. Fields are looked up by their YAML names directly.
private struct FieldName: CodingKey, ExpressibleByStringLiteral {
    var stringValue: String
    var intValue: Int? { nil }

    init(stringLiteral value: String) { stringValue = value }
    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
}

extension Decoder {
    /// A mapping that has no other keys than these: a misspelt one would otherwise be ignored.
    fileprivate func fields(_ known: String...) throws -> KeyedDecodingContainer<FieldName> {
        let container = try container(keyedBy: FieldName.self)
        if let unknown = container.allKeys.map(\.stringValue).sorted().first(where: { !known.contains($0) }) {
            let list = known.joined(separator: ", ")
            throw DecodingError.dataCorrupted(
                .init(codingPath: codingPath, debugDescription: "unknown key '\(unknown)': known here are \(list)"))
        }
        return container
    }
}

extension KeyedDecodingContainer<FieldName> {
    /// A value, `null`, or a list of either: any of them is right. No key: anything is.
    fileprivate func expected<Value: Decodable>(forKey key: FieldName) throws -> Expected<Value> {
        guard contains(key) else { return .unstated }
        if try decodeNil(forKey: key) { return .oneOf([nil]) }
        if let values = try? decode([Value?].self, forKey: key) { return .oneOf(values) }
        return .oneOf([try decode(Value.self, forKey: key)])
    }

    /// The network by its name; the standard one where none is named.
    fileprivate func topology(forKey key: FieldName) throws -> LabTopology {
        guard let name = try decodeIfPresent(String.self, forKey: key) else { return .standard }
        guard let topology = LabTopology.named(name) else {
            let known = LabTopology.all.map(\.name).joined(separator: ", ")
            throw DecodingError.dataCorrupted(
                .init(codingPath: codingPath, debugDescription: "there is no network '\(name)': there are \(known)"))
        }
        return topology
    }

    /// A list of zones, or a list of such lists where more than one set is honest.
    fileprivate func expectedZones(forKey key: FieldName) throws -> Expected<ExpectedZones> {
        guard contains(key) else { return .unstated }
        if let zones = try? decode([String].self, forKey: key) { return .oneOf([ExpectedZones(zones)]) }
        return .oneOf(try decode([[String]].self, forKey: key).map(ExpectedZones.init))
    }
}
