extension ICMPMessage {
    /// Writes a whole message with the checksum that it needs. IPv6's covers the addresses too.
    public static func encode(
        into bytes: inout [UInt8], type: UInt8, code: UInt8, restOfHeader: UInt32 = 0, body: [UInt8] = [],
        from source: IPAddress, to destination: IPAddress
    ) {
        let start = bytes.count
        bytes.append(type)
        bytes.append(code)
        bytes.append(bigEndian: UInt16(0))
        bytes.append(bigEndian: restOfHeader)
        bytes += body
        switch source.family {
        case .v4:
            var sum = InternetChecksum()
            sum.add(bytes.span, start..<bytes.count)
            bytes.store(bigEndian: sum.checksum, at: start + 2)
        case .v6:
            bytes.fillChecksum(at: start + 2, of: start..<bytes.count, .icmpv6, from: source, to: destination)
        }
    }

    /// Writes an error that quotes `packet` (from its IP header on), with RFC 4884 extensions if there are
    /// any: then the quote is padded to the 128 bytes that section 5.4 asks for, and its length is filled in.
    public static func encode(
        into bytes: inout [UInt8], error: ICMPError, quoting packet: [UInt8], limit: Int = 548,
        extensions: ICMPExtensions? = nil, restOfHeader: UInt32 = 0, from source: IPAddress,
        to destination: IPAddress
    ) {
        var quote = Array(packet.prefix(max(limit, 0)))
        var rest = restOfHeader
        if let extensions {
            let word = error.family == .v4 ? 4 : 8
            quote = Array(quote.prefix(255 * word))
            if quote.count < 128 { quote += repeatElement(0, count: 128 - quote.count) }
            quote += repeatElement(0, count: (word - quote.count % word) % word)
            let words = UInt32(quote.count / word)
            rest |= error.family == .v4 ? words << 16 : words << 24
            extensions.encode(into: &quote)
        }
        encode(
            into: &bytes, type: error.type, code: error.code, restOfHeader: rest, body: quote, from: source,
            to: destination)
    }
}
