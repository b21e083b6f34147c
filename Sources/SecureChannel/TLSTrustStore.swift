internal import COpenSSL
internal import PacketWire

/// The certificates that are trusted. Read once and shared by any number of sessions.
// OpenSSL counts the references to a store and locks it: sessions on several threads may use one.
@safe
public final class TLSTrustStore: @unchecked Sendable {
    let store: OpaquePointer

    private init() throws(TLSConfigurationError) {
        guard let made = unsafe X509_STORE_new() else { throw .library(ErrorQueue.take().text) }
        unsafe store = made
    }

    deinit { unsafe X509_STORE_free(store) }

    /// What this system trusts, where its OpenSSL looks for it (``TLSLibrary/trustedCertificates``). A system without
    /// any has an empty store, with which no certificate passes.
    public static func system() throws(TLSConfigurationError) -> TLSTrustStore {
        let made = try TLSTrustStore()
        ERR_clear_error()
        let status = unsafe X509_STORE_set_default_paths(made.store)
        let queue = ErrorQueue.take()
        guard status == 1 else { throw .library(queue.text) }
        return made
    }

    /// The certificates of a PEM file and no others. Whoever names a file trusts all that is in it: an intermediate,
    /// or a server's own certificate, needs no root behind it.
    public static func file(_ path: String) throws(TLSConfigurationError) -> TLSTrustStore {
        guard !path.utf8.contains(0) else {
            throw .trustedCertificates(path: NetworkText(path), reason: "no file can have this name")
        }
        let made = try TLSTrustStore()
        ERR_clear_error()
        let status = unsafe X509_STORE_load_file(made.store, path)
        let queue = ErrorQueue.take()
        guard status == 1 else {
            // The library adds its own account of what the system said.
            let system = queue.entries.first { $0.library == ERR_LIB_SYS }
            throw .trustedCertificates(
                path: NetworkText(path), reason: system.map { NetworkText($0.text) } ?? queue.text)
        }
        unsafe X509_STORE_set_flags(made.store, UInt(X509_V_FLAG_PARTIAL_CHAIN))
        return made
    }

    /// Nothing is trusted.
    public static func empty() throws(TLSConfigurationError) -> TLSTrustStore {
        try TLSTrustStore()
    }
}
