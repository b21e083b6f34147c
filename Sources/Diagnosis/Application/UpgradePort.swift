import Conversations

/// A port on which TLS is not spoken from the first byte: the client asks for it in the service's own words first. A bare
/// ClientHello there meets a server that waits for those, and closes, resets or says something of its own.
enum UpgradePort {
    /// What a client says first, and the tool with which to ask; nil of a port that is known for nothing of the kind.
    static func advice(_ port: UInt16) -> String? {
        guard let (service, word, tool) = known[port] else { return nil }
        return
            "Port \(port) is usual for \(service), where TLS begins only after \(word), and a bare ClientHello is no word of it:"
            + " ask with \(tool)."
    }

    /// Each with the section that has the client ask first.
    private static let known: [UInt16: (service: String, word: String, tool: String)] = [
        // RFC 4217 section 4
        21: ("FTP", "AUTH TLS", "openssl s_client -starttls ftp -connect HOST:21"),
        // RFC 3207
        25: ("SMTP", "STARTTLS", "smtp://HOST"),
        587: ("SMTP", "STARTTLS", "smtp://HOST:587"),
        // RFC 2595
        110: ("POP3", "STLS", "pop3://HOST"),
        143: ("IMAP", "STARTTLS", "imap://HOST"),
        // RFC 4511 section 4.14
        389: (
            "LDAP", "the StartTLS operation", "openssl s_client -starttls ldap -connect HOST:389, or ldaps on port 636"
        ),
        // MS-TDS section 2.2.6.5: the handshake travels in PRELOGIN messages.
        1433: ("SQL Server", "a PRELOGIN message, inside which the handshake goes on", "the database's own client"),
        // MySQL's protocol: SSLRequest answers the server's greeting.
        3306: (
            "MySQL", "the server's greeting and an SSLRequest", "openssl s_client -starttls mysql -connect HOST:3306"
        ),
        // RFC 6120 section 5
        5222: ("XMPP", "STARTTLS", "openssl s_client -starttls xmpp -connect HOST:5222"),
        // PostgreSQL, "SSL Session Encryption": SSLRequest, answered by one byte.
        5432: ("PostgreSQL", "an SSLRequest", "openssl s_client -starttls postgres -connect HOST:5432"),
    ]
}

extension Facts {
    /// The target's, where a ClientHello is the first word that is said: neither behind a proxy's answer nor behind the
    /// service's own.
    var barePort: UInt16? {
        guard let application, application.tunnel == nil, application.socks == nil, application.upgrade == nil else {
            return nil
        }
        return target.port
    }
}

extension TLSExchange {
    func barePort(_ aftermath: Aftermath) -> UInt16? { upgradedFrom == nil ? aftermath.target.port : nil }
}
