internal import COpenSSL
public import PacketWire

/// The system's TLS library.
public enum TLSLibrary {
    /// As OpenSSL words it: `OpenSSL 3.0.19 27 Jan 2026`.
    public static var version: String {
        unsafe OpenSSL_version(OPENSSL_VERSION).map { unsafe String(cString: $0) } ?? "OpenSSL"
    }

    /// Where the library was built to look for the system's trusted certificates. `SSL_CERT_FILE` and `SSL_CERT_DIR`
    /// in the environment go before.
    public static var trustedCertificates: (file: String, folder: String) {
        unsafe (
            X509_get_default_cert_file().map { unsafe String(cString: $0) } ?? "",
            X509_get_default_cert_dir().map { unsafe String(cString: $0) } ?? ""
        )
    }

    /// Whether the library can exchange keys in a group. The hybrids with ML-KEM need OpenSSL 3.5.
    public static func supports(_ group: TLSNamedGroup) -> Bool {
        guard let context = unsafe SSL_CTX_new(TLS_client_method()) else { return false }
        defer {
            unsafe SSL_CTX_free(context)
            ERR_clear_error()
        }
        return unsafe cos_set_groups(context, group.description) == 1
    }
}
