internal import COpenSSL
internal import PacketWire

extension TLSCertificate {
    static let nameLimit = 100
    static let textLimit = 1_024

    /// Copies all that is wanted: the certificate may go away.
    init(x509: OpaquePointer) {
        subject = unsafe Self.text(X509_get_subject_name(x509))
        issuer = unsafe Self.text(X509_get_issuer_name(x509))
        isSelfIssued = unsafe X509_NAME_cmp(X509_get_subject_name(x509), X509_get_issuer_name(x509)) == 0
        notBefore = unsafe Self.seconds(X509_get0_notBefore(x509))
        notAfter = unsafe Self.seconds(X509_get0_notAfter(x509))
        serialNumber = unsafe Self.serial(X509_get0_serialNumber(x509))
        fingerprint = unsafe Self.fingerprint(x509)
        keyType = unsafe Self.keyType(x509)
        names = []
        addresses = []
        nameCount = 0
        unsafe readAlternativeNames(x509)
    }

    /// RFC 2253's text of a name.
    static func text(_ name: OpaquePointer?) -> NetworkText {
        guard let name = unsafe name, let bio = unsafe BIO_new(BIO_s_mem()) else { return "" }
        defer { unsafe BIO_free(bio) }
        guard unsafe cos_print_name(bio, name) >= 0 else { return "" }
        // One byte more tells whether it goes on.
        var bytes = [UInt8](repeating: 0, count: textLimit + 1)
        let count = unsafe bytes.withUnsafeMutableBytes { buffer in
            unsafe BIO_read(bio, buffer.baseAddress, Int32(buffer.count))
        }
        bytes.removeLast(bytes.count - Int(max(0, count)))
        return cut(bytes, textLimit)
    }

    private static func cut(_ bytes: [UInt8], _ limit: Int) -> NetworkText {
        guard bytes.count > limit else { return NetworkText(bytes: bytes) }
        var kept = bytes.prefix(limit)
        // Not in the middle of a letter.
        while let last = kept.last, last & 0xC0 == 0x80 { kept.removeLast() }
        if let last = kept.last, last & 0xC0 == 0xC0 { kept.removeLast() }
        return NetworkText(bytes: Array(kept) + Array("…".utf8))
    }

    private mutating func readAlternativeNames(_ x509: OpaquePointer) {
        // Nil when there is no such extension, two of them, or one that cannot be read.
        guard let list = unsafe X509_get_ext_d2i(x509, NID_subject_alt_name, nil, nil) else { return }
        let all = OpaquePointer(list)
        defer { unsafe GENERAL_NAMES_free(all) }
        for index in unsafe 0..<max(0, cos_name_count(all)) {
            guard let entry = unsafe cos_name_at(all, index) else { continue }
            var type: Int32 = 0
            guard let value = unsafe GENERAL_NAME_get0_value(entry, &type), type == GEN_DNS || type == GEN_IPADD else {
                continue
            }
            nameCount += 1
            guard names.count + addresses.count < Self.nameLimit else { continue }
            let bytes = unsafe Self.bytes(value.assumingMemoryBound(to: ASN1_STRING.self))
            if type == GEN_DNS {
                names.append(Self.cut(bytes, 256))
            } else if let address = IPAddress(octets: bytes) {
                addresses.append(address)
            }
        }
    }

    private static func bytes(_ string: UnsafePointer<ASN1_STRING>) -> [UInt8] {
        guard let data = unsafe ASN1_STRING_get0_data(string) else { return [] }
        return unsafe Array(UnsafeBufferPointer(start: data, count: max(0, Int(ASN1_STRING_length(string)))))
    }

    private static func seconds(_ time: UnsafePointer<ASN1_TIME>?) -> Int64? {
        guard let time = unsafe time, let epoch = unsafe ASN1_TIME_set(nil, 0) else { return nil }
        defer { unsafe ASN1_TIME_free(epoch) }
        var days: Int32 = 0
        var seconds: Int32 = 0
        guard unsafe ASN1_TIME_diff(&days, &seconds, epoch, time) == 1 else { return nil }
        return Int64(days) * 86_400 + Int64(seconds)
    }

    private static func serial(_ number: UnsafePointer<ASN1_INTEGER>?) -> String {
        guard let number = unsafe number else { return "" }
        let bytes = unsafe bytes(number)
        let sign = unsafe ASN1_STRING_type(number) & V_ASN1_NEG != 0 ? "-" : ""
        return sign + hexadecimal(bytes.prefix(64)) + (bytes.count > 64 ? "…" : "")
    }

    private static func fingerprint(_ x509: OpaquePointer) -> String {
        var digest = [UInt8](repeating: 0, count: Int(EVP_MAX_MD_SIZE))
        var count: UInt32 = 0
        guard unsafe X509_digest(x509, EVP_sha256(), &digest, &count) == 1 else { return "" }
        return hexadecimal(digest.prefix(Int(count)))
    }

    private static func keyType(_ x509: OpaquePointer) -> String? {
        guard let key = unsafe X509_get0_pubkey(x509) else { return nil }
        let kind = unsafe EVP_PKEY_get_base_id(key)
        switch kind {
        case EVP_PKEY_RSA: return unsafe "RSA \(EVP_PKEY_get_bits(key))"
        case EVP_PKEY_RSA_PSS: return unsafe "RSA-PSS \(EVP_PKEY_get_bits(key))"
        case EVP_PKEY_DSA: return unsafe "DSA \(EVP_PKEY_get_bits(key))"
        case EVP_PKEY_EC:
            return unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: 64) { buffer in
                var count = 0
                guard unsafe EVP_PKEY_get_group_name(key, buffer.baseAddress, buffer.count, &count) == 1 else {
                    return unsafe "EC \(EVP_PKEY_get_bits(key))"
                }
                return unsafe "EC \(String(cString: buffer.baseAddress!))"
            }
        default:
            // Keys that came with a provider have no number, but a name.
            if let name = unsafe EVP_PKEY_get0_type_name(key) { return unsafe String(cString: name) }
            return unsafe OBJ_nid2sn(kind).map { unsafe String(cString: $0) }
        }
    }
}

private func hexadecimal(_ bytes: some Collection<UInt8>) -> String {
    let digits = Array("0123456789abcdef".utf8)
    var text: [UInt8] = []
    for byte in bytes {
        text.append(digits[Int(byte >> 4)])
        text.append(digits[Int(byte & 15)])
    }
    return String(decoding: text, as: UTF8.self)
}
