/// What a server says before anybody asks: which service it is, and whether it wants the client.
public struct ServerGreeting: Hashable, Sendable {
    public enum Service: String, Hashable, Sendable, CaseIterable {
        /// RFC 4253 section 4.2
        case ssh = "SSH"
        /// RFC 5321 section 3.1
        case smtp = "SMTP"
        /// RFC 959 section 5.4
        case ftp = "FTP"
        /// RFC 1939 section 4
        case pop3 = "POP3"
        /// RFC 9051 section 7.1
        case imap = "IMAP"
        /// The first packet of MySQL's protocol, version 10.
        case mysql = "MySQL"
        /// RFC 3977 section 5.1
        case nntp = "NNTP"
        /// RFC 6143 section 7.1.1
        case vnc = "VNC"
        case rsync = "rsync"
        /// It waits for the client, and says first only that it does not want it.
        case redis = "Redis"
        /// So does this one, whose refusal follows the client's startup message.
        case postgreSQL = "PostgreSQL"

        /// The service that speaks first on that port by IANA's registry; nil where the client does, or nobody knows.
        public init?(usualOn port: UInt16) {
            switch port {
            case 21: self = .ftp
            case 22: self = .ssh
            case 25, 587: self = .smtp
            case 110: self = .pop3
            case 119: self = .nntp
            case 143: self = .imap
            case 873: self = .rsync
            case 3306: self = .mysql
            case 5900: self = .vnc
            default: return nil
            }
        }
    }

    public var service: Service
    /// The first line, or what stands for it; 200 bytes at most.
    public var text: NetworkText
    /// It says that it does not want this client, or nobody now.
    public var isRefusal: Bool

    static let longest = 200

    /// Nil where the bytes are none of these.
    ///
    /// - Parameter port: tells FTP from SMTP and NNTP, whose codes are the same.
    public init?(decoding bytes: Span<UInt8>, port: UInt16) {
        let usual = Service(usualOn: port)
        let line = bytes.line(from: 0)
        text = NetworkText(bytes: bytes.array(0..<Swift.min(line.count, Self.longest)))
        isRefusal = false
        if let code = Self.code(bytes) {
            switch (usual, code) {
            case (.nntp?, 200), (.nntp?, 201): service = .nntp
            case (.nntp?, 400), (.nntp?, 502): (service, isRefusal) = (.nntp, true)
            case (_, 220): service = usual == .ftp || Self.names(bytes.extracting(line), "ftp") ? .ftp : .smtp
            // RFC 5321 section 3.1, RFC 7504, and RFC 959's "service not available". Elsewhere three digits are any text.
            case (.ftp?, 421), (.ftp?, 521), (.ftp?, 554), (.ftp?, 530): (service, isRefusal) = (.ftp, true)
            case (.smtp?, 421), (.smtp?, 521), (.smtp?, 554), (.smtp?, 530): (service, isRefusal) = (.smtp, true)
            default: return nil
            }
        } else if SSHIdentification(decoding: bytes) != nil {
            service = .ssh
        } else if bytes.begins(with: "+OK") {
            service = .pop3
        } else if usual == .pop3, bytes.begins(with: "-ERR") {
            // Redis says so as well.
            (service, isRefusal) = (.pop3, true)
        } else if bytes.begins(with: "* OK") || bytes.begins(with: "* PREAUTH") {
            service = .imap
        } else if bytes.begins(with: "* BYE") {
            (service, isRefusal) = (.imap, true)
        } else if bytes.begins(with: "RFB 0") {
            service = .vnc
        } else if bytes.begins(with: "@RSYNCD:") {
            service = .rsync
        } else if bytes.begins(with: "-DENIED ") || bytes.begins(with: "-ERR max number of clients") {
            (service, isRefusal) = (.redis, true)
        } else if let (words, refuses) = Self.mysql(bytes) {
            (service, text, isRefusal) = (.mysql, words, refuses)
        } else {
            return nil
        }
    }

    /// Words that refuse only where the server closes behind them: whatever a port's usual service does not say, and
    /// elsewhere an error as services of text say it, with three digits (RFC 5321 section 4.2.1) or `-ERR`.
    public init?(partingWords bytes: Span<UInt8>, port: UInt16) {
        let line = bytes.line(from: 0)
        guard !line.isEmpty else { return nil }
        text = NetworkText(bytes: bytes.array(0..<Swift.min(line.count, Self.longest)))
        isRefusal = false
        if let usual = Service(usualOn: port) {
            service = usual
        } else if let code = Self.code(bytes), (400...599).contains(code) {
            service = Self.names(bytes.extracting(line), "ftp") || code == 530 ? .ftp : .smtp
        } else if bytes.begins(with: "-ERR ") {
            service = .redis
        } else {
            return nil
        }
    }

    /// What a server of PostgreSQL says to a client that it does not serve: an ErrorResponse, fields of a letter and a text
    /// (PostgreSQL's documentation, Message Formats), of severity FATAL.
    public init?(refusalOfPostgreSQL bytes: Span<UInt8>) {
        guard bytes.count >= 12, bytes.begins(with: "E"), bytes[1] == 0, bytes[2] == 0 else { return nil }
        let end = Swift.min(bytes.count, 1 &+ (Int(bytes[3]) << 8 | Int(bytes[4])))
        var (place, isFatal) = (5, false)
        var words: NetworkText?
        while place < end, bytes[place] != 0 {
            var stop = place &+ 1
            while stop < end, bytes[stop] != 0 { stop &+= 1 }
            let value = bytes.extracting(place &+ 1..<stop)
            switch bytes[place] {
            case UInt8(ascii: "S"), UInt8(ascii: "V"): if value.begins(with: "FATAL") { isFatal = true }
            case UInt8(ascii: "M"): words = NetworkText(bytes: value.array(0..<Swift.min(value.count, Self.longest)))
            default: break
            }
            place = stop &+ 1
        }
        guard isFatal, let words else { return nil }
        (service, text, isRefusal) = (.postgreSQL, words, true)
    }

    /// Three digits, and a space or a hyphen: RFC 5321 section 4.2.
    private static func code(_ bytes: Span<UInt8>) -> Int? {
        guard bytes.count >= 4, bytes[3] == 0x20 || bytes[3] == 0x2D else { return nil }
        var code = 0
        for place in 0..<3 {
            guard (0x30...0x39).contains(bytes[place]) else { return nil }
            code = code &* 10 &+ Int(bytes[place] &- 0x30)
        }
        return code
    }

    private static func names(_ line: Span<UInt8>, _ word: StaticString) -> Bool {
        for place in 0..<line.count where line.extracting(place...).beginsIgnoringCase(word) { return true }
        return false
    }

    /// Length in three bytes, number 0, then version 10 and a name, or 0xFF with a code and words.
    private static func mysql(_ bytes: Span<UInt8>) -> (NetworkText, refuses: Bool)? {
        guard bytes.count >= 7, bytes[3] == 0 else { return nil }
        let length = Int(bytes[0]) | Int(bytes[1]) << 8 | Int(bytes[2]) << 16
        guard (4...65_535).contains(length) else { return nil }
        let end = Swift.min(bytes.count, 4 &+ length)
        switch bytes[4] {
        case 10:
            var place = 5
            while place < end, bytes[place] != 0 { place &+= 1 }
            guard place > 5 else { return nil }
            return (NetworkText(bytes: bytes.array(5..<Swift.min(place, 5 &+ longest))), false)
        case 0xFF:
            return (NetworkText(bytes: bytes.array(7..<Swift.max(7, Swift.min(end, 7 &+ longest)))), true)
        default: return nil
        }
    }
}
