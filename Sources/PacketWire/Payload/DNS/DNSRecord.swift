/// What a question asks for.
public struct DNSQuestion: Hashable, Sendable, CustomStringConvertible {
    public var name: DNSName
    public var type: DNSType
    public var recordClass: DNSClass

    public init(_ name: DNSName, _ type: DNSType, _ recordClass: DNSClass = .internet) {
        self.name = name
        self.type = type
        self.recordClass = recordClass
    }

    public var description: String { "\(name) \(recordClass) \(type)" }
}

/// One resource record, RFC 1035 section 4.1.3.
public struct DNSRecord: Hashable, Sendable {
    /// The content of the types that say something about a connection; the others stay bytes.
    @frozen
    public enum Data: Hashable, Sendable {
        case a(IPv4Address)
        case aaaa(IPv6Address)
        /// Of CNAME, NS, PTR and DNAME.
        case name(DNSName)
        case soa(DNSStartOfAuthority)
        case mx(preference: UInt16, exchange: DNSName)
        case txt([NetworkText])
        case srv(priority: UInt16, weight: UInt16, port: UInt16, target: DNSName)
        case opt([EDNSOption])
        /// HTTPS, SVCB and all else; also a known type whose content does not fit its type.
        case raw([UInt8])
    }

    public var name: DNSName
    public var type: DNSType
    public var recordClass: DNSClass
    /// Seconds. In an OPT record: extended response code, version and flags.
    public var timeToLive: UInt32
    public var data: Data

    public init(
        _ name: DNSName, _ type: DNSType, in recordClass: DNSClass = .internet, timeToLive: UInt32 = 60, _ data: Data
    ) {
        self.name = name
        self.type = type
        self.recordClass = recordClass
        self.timeToLive = timeToLive
        self.data = data
    }

    /// The record that answers an address question.
    public init(_ name: DNSName, _ address: IPAddress, timeToLive: UInt32 = 60) {
        switch address {
        case .v4(let address): self.init(name, .a, timeToLive: timeToLive, .a(address))
        case .v6(let address): self.init(name, .aaaa, timeToLive: timeToLive, .aaaa(address))
        }
    }

    public var address: IPAddress? {
        switch data {
        case .a(let address): .v4(address)
        case .aaaa(let address): .v6(address)
        default: nil
        }
    }
}

/// Who is responsible for a zone, and how long "no such name" may be remembered: RFC 1035 section 3.3.13.
public struct DNSStartOfAuthority: Hashable, Sendable {
    public var primaryServer: DNSName
    public var responsible: DNSName
    public var serial: UInt32
    public var refresh: UInt32
    public var retry: UInt32
    public var expire: UInt32
    public var minimum: UInt32

    public init(
        primaryServer: DNSName, responsible: DNSName, serial: UInt32, refresh: UInt32, retry: UInt32, expire: UInt32,
        minimum: UInt32
    ) {
        self.primaryServer = primaryServer
        self.responsible = responsible
        self.serial = serial
        self.refresh = refresh
        self.retry = retry
        self.expire = expire
        self.minimum = minimum
    }
}

extension DNSRecord {
    init(decoding bytes: Span<UInt8>, messageStart start: Int, _ cursor: inout ByteCursor) throws(DecodeError) {
        name = try DNSName(decoding: bytes, messageStart: start, &cursor)
        type = DNSType(rawValue: try cursor.uint16(bytes))
        recordClass = DNSClass(rawValue: try cursor.uint16(bytes))
        timeToLive = try cursor.uint32(bytes)
        let range = try cursor.vector16(bytes)
        do throws(DecodeError) {
            data = try Self.data(type, bytes, range, messageStart: start)
        } catch {
            // The record's own length still says where the next one begins.
            data = .raw(bytes.array(range))
        }
    }

    private static func data(
        _ type: DNSType, _ bytes: Span<UInt8>, _ range: Range<Int>, messageStart start: Int
    ) throws(DecodeError) -> Data {
        var cursor = ByteCursor(range, of: bytes, .dns)
        let data: Data
        switch type {
        case .a: data = .a(IPv4Address(rawValue: try cursor.uint32(bytes)))
        case .aaaa: data = .aaaa(IPv6Address(rawValue: bytes.uint128(at: try cursor.take(16).lowerBound)))
        case .cname, .ns, .ptr, .dname:
            data = .name(try DNSName(decoding: bytes, messageStart: start, &cursor))
        case .soa:
            let server = try DNSName(decoding: bytes, messageStart: start, &cursor)
            let responsible = try DNSName(decoding: bytes, messageStart: start, &cursor)
            data = .soa(
                DNSStartOfAuthority(
                    primaryServer: server, responsible: responsible, serial: try cursor.uint32(bytes),
                    refresh: try cursor.uint32(bytes), retry: try cursor.uint32(bytes),
                    expire: try cursor.uint32(bytes), minimum: try cursor.uint32(bytes)))
        case .mx:
            let preference = try cursor.uint16(bytes)
            data = .mx(
                preference: preference, exchange: try DNSName(decoding: bytes, messageStart: start, &cursor))
        case .txt:
            var texts: [NetworkText] = []
            while cursor.remaining > 0 { texts.append(NetworkText(bytes: bytes.array(try cursor.vector8(bytes)))) }
            data = .txt(texts)
        case .srv:
            let priority = try cursor.uint16(bytes)
            let weight = try cursor.uint16(bytes)
            let port = try cursor.uint16(bytes)
            let target = try DNSName(decoding: bytes, messageStart: start, &cursor)
            data = .srv(priority: priority, weight: weight, port: port, target: target)
        case .opt:
            var options: [EDNSOption] = []
            while cursor.remaining > 0 {
                let code = try cursor.uint16(bytes)
                options.append(EDNSOption(code: code, data: bytes.array(try cursor.vector16(bytes))))
            }
            data = .opt(options)
        default: return .raw(bytes.array(range))
        }
        guard cursor.remaining == 0 else {
            throw DecodeError(.dns, at: cursor.offset, .badLength(found: range.count, minimum: 0))
        }
        return data
    }

    func encode(into bytes: inout [UInt8]) {
        name.encode(into: &bytes)
        bytes.append(bigEndian: type.rawValue)
        bytes.append(bigEndian: recordClass.rawValue)
        bytes.append(bigEndian: timeToLive)
        var body: [UInt8] = []
        switch data {
        case .a(let address): body.append(bigEndian: address.rawValue)
        case .aaaa(let address): body.append(bigEndian: address.rawValue)
        case .name(let name): name.encode(into: &body)
        case .soa(let authority):
            authority.primaryServer.encode(into: &body)
            authority.responsible.encode(into: &body)
            for field in [authority.serial, authority.refresh, authority.retry, authority.expire, authority.minimum] {
                body.append(bigEndian: field)
            }
        case .mx(let preference, let exchange):
            body.append(bigEndian: preference)
            exchange.encode(into: &body)
        case .txt(let texts): for text in texts { body.appendVector8(text.bytes) }
        case .srv(let priority, let weight, let port, let target):
            for field in [priority, weight, port] { body.append(bigEndian: field) }
            target.encode(into: &body)
        case .opt(let options):
            for option in options {
                body.append(bigEndian: option.code)
                body.appendVector16(option.data)
            }
        case .raw(let data): body = data
        }
        bytes.appendVector16(body)
    }
}
