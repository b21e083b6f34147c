import Diagnosis
import PacketWire

/// Schemes that name a service and nothing else to say to it: what they stand for is its port, and whether TLS comes first.
/// Ports are IANA's, or what the service's own documentation has.
struct ServiceScheme {
    var port: UInt16
    var transport = Transport.tcp
    var usesTLS = false

    init?(_ scheme: String) {
        if let port = Self.plain[scheme] {
            self.port = port
        } else if let port = Self.inTLS[scheme] {
            (self.port, usesTLS) = (port, true)
        } else if let port = Self.datagrams.contains(scheme) ? UDPService.named(scheme)?.ports.first : nil {
            (self.port, transport) = (port, .udp)
        } else {
            return nil
        }
    }

    /// The port of a target that names none, and what people mean who write a name in place of a number.
    static func port(of name: String) -> UInt16? { usual[name] ?? ServiceScheme(name)?.port }

    /// Of the schemes that are more than a place.
    private static let usual: [String: UInt16] = [
        "http": 80, "https": 443, "ws": 80, "wss": 443, "smtp": 25, "imap": 143, "pop3": 110, "dns": 53, "domain": 53,
    ]
    private static let plain: [String: UInt16] = [
        "ssh": 22, "sftp": 22, "ftp": 21, "telnet": 23, "ldap": 389, "smb": 445, "nfs": 2_049, "mysql": 3_306,
        "mariadb": 3_306, "rdp": 3_389, "postgres": 5_432, "postgresql": 5_432, "amqp": 5_672, "vnc": 5_900,
        "redis": 6_379, "git": 9_418, "memcached": 11_211, "mqtt": 1_883, "mongodb": 27_017,
    ]
    private static let inTLS: [String: UInt16] = [
        "smtps": 465, "submissions": 465, "ldaps": 636, "ftps": 990, "imaps": 993, "pop3s": 995, "amqps": 5_671,
        "rediss": 6_379, "mqtts": 8_883,
    ]
    /// Of the services that have a first datagram of their own, those that are written as a URL.
    private static let datagrams: Set = ["tftp", "ntp", "snmp"]
}
