extension UDPService {
    /// Every service that has a question, in the order of their ports.
    public static let all: [UDPService] = registry.map { UDPService($0) }

    private static let registry: [any ServiceProtocol.Type] = [
        DNSService.self, TFTPService.self, PortmapService.self, NTPService.self, NetBIOSNameService.self,
        SNMPv3Service.self, SNMPv2cService.self, SNMPv1Service.self, QUICService.self, IKEService.self,
        IKEBehindNATService.self, OpenVPNService.self, L2TPService.self, RADIUSService.self, SSDPService.self,
        STUNService.self, SIPService.self, MDNSService.self, DTLSService.self, CoAPService.self,
        WireGuardService.self,
    ]

    /// Whose port it is; nil where that is nobody's.
    public static func on(port: UInt16) -> UDPService? { byPort[port] }

    /// By its name on the command line, in any case.
    public static func named(_ name: String) -> UDPService? {
        all.first { $0.name == name.lowercased() }
    }

    private static let byPort: [UInt16: UDPService] = {
        let pairs = all.flatMap { service in service.ports.map { ($0, service) } }
        return Dictionary(pairs) { first, _ in first }
    }()
}
