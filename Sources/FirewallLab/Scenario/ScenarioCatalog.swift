/// The scenarios that come with the tool.
public enum ScenarioCatalog {
    /// Each file once, in the order of the list: by subject, the demonstration last.
    private static let files: [(name: String, bytes: [UInt8])] = [
        ("open-and-closed.yaml", PackageResources.open_and_closed_yaml),
        ("silent-drops.yaml", PackageResources.silent_drops_yaml),
        ("rejects.yaml", PackageResources.rejects_yaml),
        ("rejects-ipv4.yaml", PackageResources.rejects_ipv4_yaml),
        ("rejects-ipv6.yaml", PackageResources.rejects_ipv6_yaml),
        ("local-filters.yaml", PackageResources.local_filters_yaml),
        ("kernel-drops.yaml", PackageResources.kernel_drops_yaml),
        ("routes.yaml", PackageResources.routes_yaml),
        ("routing-rules.yaml", PackageResources.routing_rules_yaml),
        ("neighbours.yaml", PackageResources.neighbours_yaml),
        ("kernel-circumstances.yaml", PackageResources.kernel_circumstances_yaml),
        ("after-handshake.yaml", PackageResources.after_handshake_yaml),
        ("greetings.yaml", PackageResources.greetings_yaml),
        ("http.yaml", PackageResources.http_yaml),
        ("known-answers.yaml", PackageResources.known_answers_yaml),
        ("udp.yaml", PackageResources.udp_yaml),
        ("real-services.yaml", PackageResources.real_services_yaml),
        ("tls.yaml", PackageResources.tls_yaml),
        ("proxies.yaml", PackageResources.proxies_yaml),
        ("path-mtu.yaml", PackageResources.path_mtu_yaml),
        ("idle.yaml", PackageResources.idle_yaml),
        ("quic.yaml", PackageResources.quic_yaml),
        ("loss.yaml", PackageResources.loss_yaml),
        ("rate-limits.yaml", PackageResources.rate_limits_yaml),
        ("path-changes.yaml", PackageResources.path_changes_yaml),
        ("middleboxes.yaml", PackageResources.middleboxes_yaml),
        ("state.yaml", PackageResources.state_yaml),
        ("source-dependent.yaml", PackageResources.source_dependent_yaml),
        ("families.yaml", PackageResources.families_yaml),
        ("names.yaml", PackageResources.names_yaml),
        ("dns.yaml", PackageResources.dns_yaml),
        ("dns-servers.yaml", PackageResources.dns_servers_yaml),
        ("demo.yaml", PackageResources.demo_yaml),
    ]

    public static func all() throws(LabError) -> [Scenario] {
        var scenarios: [Scenario] = []
        for file in files {
            let text = String(decoding: file.bytes, as: UTF8.self)
            scenarios += try ScenarioFile.scenarios(in: text, file: file.name)
        }
        return scenarios
    }

    public static func scenario(named name: String) throws(LabError) -> Scenario {
        guard let scenario = try all().first(where: { $0.name == name }) else {
            throw LabError(
                "there is no scenario '\(name)': 'stallpoint lab' lists them, and a file's name ends in .yaml",
                exitStatus: 64)
        }
        return scenario
    }
}
