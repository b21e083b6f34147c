internal import COpenSSL
internal import PacketWire

extension TLSClientSession {
    /// Sets OpenSSL up. The connection keeps what it needs of the context, and is all that has to be freed.
    static func connection(
        _ configuration: TLSClientConfiguration, _ observer: SessionObserver
    ) throws(TLSConfigurationError) -> (ssl: OpaquePointer, input: OpaquePointer, output: OpaquePointer) {
        // Names first: they need nothing to be freed.
        let serverName = try configuration.serverName.map { text throws(TLSConfigurationError) in try PeerName(text) }
        let verified = try configuration.verifiedName.map { text throws(TLSConfigurationError) in try PeerName(text) }
        let protocols = try wireFormat(configuration.applicationProtocols)

        ERR_clear_error()
        guard let context = unsafe SSL_CTX_new(TLS_client_method()) else { throw .library(ErrorQueue.take().text) }
        defer {
            unsafe SSL_CTX_free(context)
            ERR_clear_error()
        }
        try unsafe set(configuration, in: context)
        unsafe SSL_CTX_set_cert_verify_callback(context, SessionObserver.verifyCallback, observer.pointer)
        if configuration.helloPadding > 0 {
            let status = unsafe SSL_CTX_add_custom_ext(
                context, SessionObserver.paddingExtension, UInt32(SSL_EXT_CLIENT_HELLO),
                SessionObserver.paddingCallback, nil, observer.pointer, nil, nil)
            guard status == 1 else { throw .library(ErrorQueue.take().text) }
        }

        guard let ssl = unsafe SSL_new(context) else { throw .library(ErrorQueue.take().text) }
        var isReady = false
        defer { if !isReady { unsafe SSL_free(ssl) } }
        unsafe SSL_set_connect_state(ssl)
        unsafe SSL_set_verify(ssl, SSL_VERIFY_PEER, nil)
        unsafe SSL_set_msg_callback(ssl, SessionObserver.messageCallback)
        unsafe cos_set_message_argument(ssl, observer.pointer)
        var isGood = unsafe SSL_set_ex_data(ssl, 0, observer.pointer) == 1
        if case .name(let name) = serverName { isGood = unsafe isGood && cos_set_server_name(ssl, name) == 1 }
        // This one returns 0 for success.
        if !protocols.isEmpty {
            isGood = unsafe isGood && SSL_set_alpn_protos(ssl, protocols, UInt32(protocols.count)) == 0
        }
        let parameters = unsafe SSL_get0_param(ssl)
        switch verified {
        case .name(let name):
            unsafe X509_VERIFY_PARAM_set_hostflags(parameters, UInt32(X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS))
            isGood = unsafe isGood && X509_VERIFY_PARAM_set1_host(parameters, name, name.utf8.count) == 1
        case .address(let address):
            isGood = unsafe isGood && X509_VERIFY_PARAM_set1_ip_asc(parameters, address.description) == 1
        case nil:
            break
        }
        if let time = configuration.verificationTime { unsafe X509_VERIFY_PARAM_set_time(parameters, time_t(time)) }

        let input = unsafe BIO_new(BIO_s_mem())
        let output = unsafe BIO_new(BIO_s_mem())
        guard isGood, let input = unsafe input, let output = unsafe output else {
            unsafe BIO_free(input)
            unsafe BIO_free(output)
            throw .library(ErrorQueue.take().text)
        }
        unsafe cos_set_open_ended(input)
        unsafe cos_set_open_ended(output)
        // From here on the connection frees them.
        unsafe SSL_set_bio(ssl, input, output)
        isReady = true
        return unsafe (ssl, input, output)
    }

    private static func set(
        _ configuration: TLSClientConfiguration, in context: OpaquePointer
    ) throws(TLSConfigurationError) {
        let minimum = configuration.minimumVersion
        let maximum = configuration.maximumVersion
        let known = TLSVersion.tls10.rawValue...TLSVersion.tls13.rawValue
        guard known.contains(minimum.rawValue), known.contains(maximum.rawValue), minimum.rawValue <= maximum.rawValue,
            unsafe cos_set_versions(context, Int32(minimum.rawValue), Int32(maximum.rawValue)) == 1
        else { throw .badVersions(minimum: minimum, maximum: maximum) }
        // The old versions sign with SHA-1, which no higher level allows: SSL_CTX_set_security_level(3).
        if minimum.rawValue < TLSVersion.tls12.rawValue { unsafe SSL_CTX_set_security_level(context, 0) }
        if let ciphers = configuration.ciphers {
            guard !ciphers.utf8.contains(0), unsafe SSL_CTX_set_cipher_list(context, ciphers + ":!aNULL:!PSK:!SRP") == 1
            else { throw .badCiphers(NetworkText(ciphers)) }
        }
        if !configuration.groups.isEmpty {
            let list = configuration.groups.map(\.description).joined(separator: ":")
            guard unsafe cos_set_groups(context, list) == 1 else { throw .badGroups(NetworkText(list)) }
        }
        unsafe cos_refuse_renegotiation(context)
        unsafe SSL_CTX_set1_cert_store(context, configuration.trust.store)
    }

    /// The list of RFC 7301 section 3.1.
    private static func wireFormat(_ names: [NetworkText]) throws(TLSConfigurationError) -> [UInt8] {
        var list: [UInt8] = []
        for name in names {
            guard (1...255).contains(name.bytes.count), list.count + name.bytes.count < 0xFFFF - 2 else {
                throw .badApplicationProtocol(name)
            }
            list.append(UInt8(name.bytes.count))
            list += name.bytes
        }
        return list
    }
}
