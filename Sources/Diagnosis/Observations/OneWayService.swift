/// A service over UDP that takes what is sent and answers nobody, by its port: an open one is as silent as a filtered one.
struct OneWayService {
    let name: String

    /// Nil where the port is none of these.
    init?(port: UInt16) {
        guard let name = Self.byPort[port] else { return nil }
        self.name = name
    }

    var meaning: String {
        "\(name) takes what is sent there and never answers: an open port is as silent as a filtered one."
    }

    var advice: String {
        "Ask whoever runs the collector whether what was sent has arrived: from here nobody can tell."
    }

    /// IANA's, or what the protocol's own documentation has.
    private static let byPort: [UInt16: String] = [
        9: "Discard (RFC 863)", 162: "A receiver of SNMP traps (RFC 3416 section 4.2.6)", 514: "Syslog (RFC 5426)",
        2_055: "A collector of NetFlow (RFC 3954)", 4_739: "A collector of IPFIX (RFC 7011)",
        6_343: "A collector of sFlow", 8_125: "StatsD", 9_995: "A collector of NetFlow (RFC 3954)",
        12_201: "A collector of GELF (Graylog)", 25_826: "A collector of collectd's",
    ]
}
