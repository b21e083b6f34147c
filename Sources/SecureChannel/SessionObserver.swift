internal import COpenSSL
internal import PacketWire

/// What OpenSSL's callbacks tell of one session. It is theirs by an unretained pointer: the session that owns the
/// connection owns this too, and lets the connection go first.
@safe
final class SessionObserver {
    static let messageLimit = 64
    static let alertLimit = 16
    static let failureLimit = 16
    static let chainLimit = 32

    /// The first 64 messages, and the first 16 alerts.
    private(set) var messages: [TLSMessage] = []
    private(set) var alerts: [TLSAlertEvent] = []
    /// The last one that came, also beyond those that are kept.
    private(set) var lastAlertReceived: TLSAlert?
    private(set) var lastAlertSent: TLSAlert?
    private(set) var lastMessageReceived: TLSHandshakeType?
    private(set) var asksForCertificate = false

    private(set) var chain: [TLSCertificate] = []
    private(set) var chainLength = 0
    private(set) var failures: [TLSVerificationFailure] = []
    private(set) var didVerify = false
    private let enforcesVerification: Bool
    /// Zeros of the extension that makes the hello longer.
    private let padding: UnsafeMutableBufferPointer<UInt8>

    init(enforcesVerification: Bool, padding: Int) {
        self.enforcesVerification = enforcesVerification
        unsafe self.padding = .allocate(capacity: max(0, min(padding, 16_000)))
        unsafe self.padding.initialize(repeating: 0)
    }

    deinit { unsafe padding.deallocate() }

    var pointer: UnsafeMutableRawPointer { unsafe Unmanaged.passUnretained(self).toOpaque() }

    static func at(_ pointer: UnsafeMutableRawPointer?) -> SessionObserver? {
        unsafe pointer.map { unsafe Unmanaged<SessionObserver>.fromOpaque($0).takeUnretainedValue() }
    }

    // MARK: Messages

    private func note(isSent: Bool, contentType: Int32, _ bytes: UnsafeRawBufferPointer) {
        switch contentType {
        case SSL3_RT_HANDSHAKE:
            guard bytes.count >= 4 else { return }
            let type = unsafe TLSHandshakeType(rawValue: bytes[0])
            if !isSent {
                lastMessageReceived = type
                if type == .certificateRequest { asksForCertificate = true }
            }
            guard messages.count < Self.messageLimit else { return }
            messages.append(TLSMessage(isSent: isSent, type: type, length: bytes.count))
        case SSL3_RT_ALERT:
            guard bytes.count >= 2 else { return }
            let alert = unsafe TLSAlert(.init(rawValue: bytes[0]), .init(rawValue: bytes[1]))
            if isSent { lastAlertSent = alert } else { lastAlertReceived = alert }
            guard alerts.count < Self.alertLimit else { return }
            alerts.append(TLSAlertEvent(isSent: isSent, alert: alert))
        default:
            break
        }
    }

    // MARK: Certificates

    /// Copies what the peer sent, lets OpenSSL verify it, and decides.
    private func verify(_ context: OpaquePointer) -> Int32 {
        let sent = unsafe X509_STORE_CTX_get0_untrusted(context)
        chainLength = unsafe Int(max(0, cos_certificate_count(sent)))
        chain = []
        for index in 0..<min(chainLength, Self.chainLimit) {
            guard let certificate = unsafe cos_certificate_at(sent, Int32(index)) else { continue }
            chain.append(unsafe TLSCertificate(x509: certificate))
        }
        failures = []
        // Goes on behind a failure, to see them all: the decision is taken below.
        unsafe X509_STORE_CTX_set_verify_cb(context) { isGood, context in
            guard isGood != 1, let context = unsafe context else { return isGood }
            let ssl = unsafe X509_STORE_CTX_get_ex_data(context, SSL_get_ex_data_X509_STORE_CTX_idx())
            guard let ssl = unsafe ssl, let observer = unsafe SessionObserver.at(SSL_get_ex_data(OpaquePointer(ssl), 0))
            else { return isGood }
            unsafe observer.noteFailure(context)
            return 1
        }
        let status = unsafe X509_verify_cert(context)
        didVerify = true
        if status <= 0, failures.isEmpty { unsafe noteFailure(context) }
        guard let first = failures.first else { return 1 }
        // Which alert says so, and what the connection's own result is.
        unsafe X509_STORE_CTX_set_error(context, first.code.rawValue)
        return enforcesVerification ? 0 : 1
    }

    private func noteFailure(_ context: OpaquePointer) {
        let found = unsafe X509_STORE_CTX_get_error(context)
        let certificate = unsafe X509_STORE_CTX_get_current_cert(context)
        let failure = unsafe TLSVerificationFailure(
            TLSVerificationFailure.Code(rawValue: found == X509_V_OK ? X509_V_ERR_UNSPECIFIED : found),
            depth: Int(X509_STORE_CTX_get_error_depth(context)),
            subject: certificate.map { unsafe TLSCertificate.text(X509_get_subject_name($0)) })
        guard failures.count < Self.failureLimit, !failures.contains(failure) else { return }
        failures.append(failure)
    }

    // MARK: OpenSSL's side

    static let messageCallback:
        @convention(c) (
            Int32, Int32, Int32, UnsafeRawPointer?, Int, OpaquePointer?, UnsafeMutableRawPointer?
        ) -> Void = { isSent, _, contentType, bytes, count, _, argument in
            unsafe SessionObserver.at(argument)?.note(
                isSent: isSent != 0, contentType: contentType, UnsafeRawBufferPointer(start: bytes, count: count))
        }

    static let verifyCallback: @convention(c) (OpaquePointer?, UnsafeMutableRawPointer?) -> Int32 = {
        context, argument in
        guard let context = unsafe context, let observer = unsafe SessionObserver.at(argument) else { return 0 }
        return unsafe observer.verify(context)
    }

    /// A number of RFC 8701, which no server may mind.
    static let paddingExtension: UInt32 = 0x7A7A

    static let paddingCallback: SSL_custom_ext_add_cb_ex = { _, _, _, out, count, _, _, _, argument in
        guard let observer = unsafe SessionObserver.at(argument), let out = unsafe out, let count = unsafe count else {
            return 0
        }
        unsafe out.pointee = unsafe UnsafePointer(observer.padding.baseAddress)
        unsafe count.pointee = unsafe observer.padding.count
        return 1
    }
}
