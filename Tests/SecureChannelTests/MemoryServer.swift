import COpenSSL
import PacketWire

/// A TLS server that has no socket: OpenSSL's own, on memory BIOs.
final class MemoryServer {
    struct Options {
        var minimumVersion = TLSVersion.tls12
        var maximumVersion = TLSVersion.tls13
        /// For TLS 1.2 and older.
        var ciphers: String?
        var groups: String?
        /// Those that it speaks: without one in common it refuses. Nil ignores the extension.
        var protocols: [String]?
        var wantsCertificate = false
        var demandsCertificate = false
    }

    private let ssl: OpaquePointer
    private let input: OpaquePointer
    private let output: OpaquePointer
    private let protocols: [String]?
    private(set) var received: [UInt8] = []
    private(set) var isEstablished = false
    private(set) var sawCloseNotify = false
    private(set) var failure: String?
    private(set) var serverName: String?

    init(_ identities: [Identity], _ options: Options = Options()) {
        let context = unsafe SSL_CTX_new(TLS_server_method())!
        defer { unsafe SSL_CTX_free(context) }
        unsafe SSL_CTX_set_security_level(context, 0)
        unsafe cos_set_versions(
            context, Int32(options.minimumVersion.rawValue), Int32(options.maximumVersion.rawValue))
        if let ciphers = options.ciphers { unsafe SSL_CTX_set_cipher_list(context, ciphers) }
        if let groups = options.groups { unsafe cos_set_groups(context, groups) }
        unsafe SSL_CTX_ctrl(context, SSL_CTRL_SET_MAX_CERT_LIST, 1 << 20, nil)
        let others = unsafe OPENSSL_sk_new_null()
        for identity in identities.dropFirst() {
            unsafe OPENSSL_sk_push(others, UnsafeRawPointer(identity.certificate))
        }
        if let first = identities.first {
            let status = unsafe SSL_CTX_use_cert_and_key(context, first.certificate, first.key, others, 1)
            precondition(status == 1)
        }
        unsafe OPENSSL_sk_free(others)
        if options.wantsCertificate || options.demandsCertificate {
            let mode = SSL_VERIFY_PEER | (options.demandsCertificate ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0)
            unsafe SSL_CTX_set_verify(context, mode, nil)
        }
        protocols = options.protocols
        unsafe ssl = SSL_new(context)!
        unsafe input = BIO_new(BIO_s_mem())!
        unsafe output = BIO_new(BIO_s_mem())!
        unsafe cos_set_open_ended(input)
        unsafe cos_set_open_ended(output)
        unsafe SSL_set_bio(ssl, input, output)
        unsafe SSL_set_accept_state(ssl)
        if protocols != nil {
            unsafe SSL_CTX_set_alpn_select_cb(
                SSL_get_SSL_CTX(ssl),
                { _, chosen, chosenCount, offered, count, argument in
                    let server = unsafe Unmanaged<MemoryServer>.fromOpaque(argument!).takeUnretainedValue()
                    var offset = 0
                    while offset < Int(count) {
                        let length = unsafe Int(offered![offset])
                        let name = unsafe UnsafeBufferPointer(start: offered! + offset + 1, count: length)
                        if unsafe server.protocols!.contains(String(decoding: name, as: UTF8.self)) {
                            unsafe chosen!.pointee = offered! + offset + 1
                            unsafe chosenCount!.pointee = UInt8(length)
                            return SSL_TLSEXT_ERR_OK
                        }
                        offset += 1 + length
                    }
                    return SSL_TLSEXT_ERR_ALERT_FATAL
                }, Unmanaged.passUnretained(self).toOpaque())
        }
    }

    deinit { unsafe SSL_free(ssl) }

    /// Takes in what the client sent; returns what the server says.
    func receive(_ bytes: [UInt8]) -> [UInt8] {
        if !bytes.isEmpty { unsafe BIO_write(input, bytes, Int32(bytes.count)) }
        ERR_clear_error()
        if !isEstablished {
            let status = unsafe SSL_do_handshake(ssl)
            if let name = unsafe SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name) {
                serverName = unsafe String(cString: name)
            }
            if status == 1 { isEstablished = true } else { note(status) }
        }
        var buffer = [UInt8](repeating: 0, count: 1 << 14)
        while isEstablished, failure == nil, !sawCloseNotify {
            let count = unsafe SSL_read(ssl, &buffer, Int32(buffer.count))
            guard count > 0 else {
                note(count)
                break
            }
            received += buffer.prefix(Int(count))
        }
        return takeOutput()
    }

    private func note(_ status: Int32) {
        switch unsafe SSL_get_error(ssl, status) {
        case SSL_ERROR_WANT_READ, SSL_ERROR_WANT_WRITE: break
        case SSL_ERROR_ZERO_RETURN: sawCloseNotify = true
        default: failure = unsafe ERR_reason_error_string(ERR_get_error()).map { unsafe String(cString: $0) } ?? "?"
        }
        ERR_clear_error()
    }

    func send(_ plain: [UInt8]) -> [UInt8] {
        unsafe SSL_write(ssl, plain, Int32(plain.count))
        return takeOutput()
    }

    func close() -> [UInt8] {
        unsafe SSL_shutdown(ssl)
        return takeOutput()
    }

    /// Asks for new keys of both sides.
    func updateKeys() -> [UInt8] {
        unsafe SSL_key_update(ssl, SSL_KEY_UPDATE_REQUESTED)
        unsafe SSL_do_handshake(ssl)
        return takeOutput()
    }

    /// Asks for a second handshake within the first (TLS 1.2).
    func renegotiate() -> [UInt8] {
        unsafe SSL_renegotiate(ssl)
        unsafe SSL_do_handshake(ssl)
        return takeOutput()
    }

    private func takeOutput() -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: unsafe BIO_ctrl_pending(output))
        guard !bytes.isEmpty else { return [] }
        let count = unsafe BIO_read(output, &bytes, Int32(bytes.count))
        return Array(bytes.prefix(Int(max(0, count))))
    }
}
