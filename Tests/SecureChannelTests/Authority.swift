import COpenSSL
import PacketWire

/// Certificates for tests, made in memory. The moment is fixed, so that nothing depends on the clock.
enum Authority {
    /// 2026-01-01 00:00:00 UTC: what sessions in tests take for now.
    static let now: Int64 = 1_767_225_600
    static let day: Int64 = 86_400

    /// What a test asks of a certificate.
    struct Request {
        var subject: [(field: String, value: String)]
        /// As OpenSSL's configuration has it: `DNS:a.test,IP:192.0.2.1`.
        var alternativeNames: String?
        var isAuthority = false
        var notBefore = Authority.now - 30 * day
        var notAfter = Authority.now + 60 * day
        var serial: Int64 = 0x1234

        init(_ commonName: String, alternativeNames: String? = nil, isAuthority: Bool = false) {
            subject = [("CN", commonName)]
            self.alternativeNames = alternativeNames
            self.isAuthority = isAuthority
        }
    }

    enum KeyKind {
        case ec, ed25519, rsa
    }
}

/// A certificate with its key: never changed once it is made, and OpenSSL locks what it caches in them.
final class Identity: @unchecked Sendable {
    let certificate: OpaquePointer
    let key: OpaquePointer

    /// - Parameter issuer: Nil signs with its own key.
    init(_ request: Authority.Request, key kind: Authority.KeyKind = .ec, issuer: Identity? = nil) {
        let key = unsafe Self.makeKey(kind)
        let certificate = unsafe X509_new()!
        unsafe self.key = key
        unsafe self.certificate = certificate
        unsafe X509_set_version(certificate, 2)
        unsafe ASN1_INTEGER_set_int64(X509_get_serialNumber(certificate), request.serial)
        unsafe ASN1_TIME_set(X509_getm_notBefore(certificate), time_t(request.notBefore))
        unsafe ASN1_TIME_set(X509_getm_notAfter(certificate), time_t(request.notAfter))
        unsafe X509_set_pubkey(certificate, key)
        let name = unsafe X509_get_subject_name(certificate)
        for (field, value) in request.subject {
            unsafe X509_NAME_add_entry_by_txt(name, field, MBSTRING_UTF8, value, Int32(value.utf8.count), -1, 0)
        }
        unsafe X509_set_issuer_name(certificate, X509_get_subject_name(issuer?.certificate ?? certificate))
        unsafe Self.add(NID_basic_constraints, "critical,CA:\(request.isAuthority ? "TRUE" : "FALSE")", certificate)
        if request.isAuthority { unsafe Self.add(NID_key_usage, "critical,keyCertSign,cRLSign", certificate) }
        if let names = request.alternativeNames { unsafe Self.add(NID_subject_alt_name, names, certificate) }
        let digest = unsafe EVP_PKEY_get_base_id(issuer?.key ?? key) == EVP_PKEY_ED25519 ? nil : EVP_sha256()
        let length = unsafe X509_sign(certificate, issuer?.key ?? key, digest)
        precondition(length > 0)
        ERR_clear_error()
    }

    deinit {
        unsafe X509_free(certificate)
        unsafe EVP_PKEY_free(key)
    }

    private static func makeKey(_ kind: Authority.KeyKind) -> OpaquePointer {
        let context =
            switch kind {
            case .ec: unsafe EVP_PKEY_CTX_new_from_name(nil, "EC", nil)!
            case .ed25519: unsafe EVP_PKEY_CTX_new_from_name(nil, "ED25519", nil)!
            case .rsa: unsafe EVP_PKEY_CTX_new_from_name(nil, "RSA", nil)!
            }
        defer { unsafe EVP_PKEY_CTX_free(context) }
        unsafe EVP_PKEY_keygen_init(context)
        if kind == .ec { unsafe EVP_PKEY_CTX_set_group_name(context, "prime256v1") }
        if kind == .rsa { unsafe EVP_PKEY_CTX_set_rsa_keygen_bits(context, 2048) }
        var key: OpaquePointer?
        unsafe EVP_PKEY_keygen(context, &key)
        return unsafe key!
    }

    private static func add(_ kind: Int32, _ text: String, _ certificate: OpaquePointer) {
        let made = unsafe X509V3_EXT_conf_nid(nil, nil, kind, text)!
        unsafe X509_add_ext(certificate, made, -1)
        unsafe X509_EXTENSION_free(made)
    }

    /// The certificate as a file has it.
    var pem: String {
        let bio = unsafe BIO_new(BIO_s_mem())!
        defer { unsafe BIO_free(bio) }
        unsafe PEM_write_bio_X509(bio, certificate)
        var bytes = [UInt8](repeating: 0, count: unsafe BIO_ctrl_pending(bio))
        let count = unsafe BIO_read(bio, &bytes, Int32(bytes.count))
        return String(decoding: bytes.prefix(Int(count)), as: UTF8.self)
    }
}

extension Identity {
    /// A root, an intermediate that it signed, and a server's certificate that this signed.
    struct Chain: Sendable {
        let root: Identity
        let intermediate: Identity
        let server: Identity

        init(_ request: Authority.Request, key: Authority.KeyKind = .ec) {
            root = Identity(.init("Test Root", isAuthority: true))
            intermediate = Identity(.init("Test Intermediate", isAuthority: true), issuer: root)
            server = Identity(request, key: key, issuer: intermediate)
        }

        /// What a server sends: all but the root.
        var sent: [Identity] { [server, intermediate] }
    }
}
