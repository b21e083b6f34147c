/// One option of an OPT record, RFC 6891 section 6.1.2.
public struct EDNSOption: Hashable, Sendable {
    public var code: UInt16
    public var data: [UInt8]

    public init(code: UInt16, data: [UInt8]) {
        self.code = code
        self.data = data
    }

    /// Extended DNS Errors, RFC 8914.
    static let extendedError: UInt16 = 15
}

/// What a message says through its OPT record: how large answers may be, and more room for the result.
public struct EDNS: Hashable, Sendable {
    /// The largest UDP answer that the sender can receive.
    public var payloadSize: UInt16
    /// The upper eight bits of the response code.
    public var extendedResponseCode: UInt8
    public var version: UInt8
    /// DO: the sender wants DNSSEC records.
    public var wantsDNSSEC: Bool
    public var options: [EDNSOption]

    /// 1232 bytes fit every IPv6 path without fragments.
    public init(
        payloadSize: UInt16 = 1232, extendedResponseCode: UInt8 = 0, version: UInt8 = 0, wantsDNSSEC: Bool = false,
        options: [EDNSOption] = []
    ) {
        self.payloadSize = payloadSize
        self.extendedResponseCode = extendedResponseCode
        self.version = version
        self.wantsDNSSEC = wantsDNSSEC
        self.options = options
    }

    /// Nil for a record of another type.
    public init?(_ record: DNSRecord) {
        guard record.type == .opt else { return nil }
        payloadSize = record.recordClass.rawValue
        extendedResponseCode = UInt8(truncatingIfNeeded: record.timeToLive >> 24)
        version = UInt8(truncatingIfNeeded: record.timeToLive >> 16)
        wantsDNSSEC = record.timeToLive & 0x8000 != 0
        if case .opt(let options) = record.data { self.options = options } else { options = [] }
    }

    public var record: DNSRecord {
        DNSRecord(
            .root, .opt, in: DNSClass(rawValue: payloadSize),
            timeToLive: UInt32(extendedResponseCode) << 24 | UInt32(version) << 16 | (wantsDNSSEC ? 0x8000 : 0),
            .opt(options))
    }

    /// Why a resolver refused or failed, in its own words: code and text of each RFC 8914 option. Code 15 is
    /// "Blocked", 16 "Censored", 17 "Filtered", 18 "Prohibited", 22 "No Reachable Authority".
    public var extendedErrors: [(code: UInt16, text: NetworkText)] {
        options.compactMap { option in
            guard option.code == EDNSOption.extendedError, option.data.count >= 2 else { return nil }
            let code = UInt16(option.data[0]) << 8 | UInt16(option.data[1])
            return (code, NetworkText(bytes: Array(option.data.dropFirst(2))))
        }
    }
}
