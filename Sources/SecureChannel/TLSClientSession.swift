internal import COpenSSL
public import PacketWire

/// The client's side of one TLS connection, in memory: bytes of the peer go in, bytes for the peer come out. It knows
/// no socket and no clock, and is used from one thread at a time.
///
/// Whatever the peer sends, memory is bounded: a record, 100 kB of certificates, and
/// ``TLSClientConfiguration/plaintextLimit`` of data.
@safe
public final class TLSClientSession {
    public enum State: Sendable, Hashable {
        case handshaking
        /// As this side sees it. A server of TLS 1.3 may still refuse the client, with an alert that comes later.
        case established
        case failed(TLSFailure)
        case closed(TLSClosure)
    }

    /// What came of some bytes of the peer.
    public struct Step: Sendable, Hashable {
        /// To be sent, also when the session failed: the alert that tells the peer why.
        public var bytes: [UInt8]
        public var state: State

        public init(bytes: [UInt8], state: State) {
            self.bytes = bytes
            self.state = state
        }
    }

    public private(set) var state = State.handshaking
    /// The first 256 bytes that the peer sent, whatever they are. They are kept after a failure too, so that a banner
    /// that comes in pieces can be shown whole.
    public private(set) var firstBytes = NetworkText(bytes: [])
    /// Bytes that were received.
    public private(set) var receivedCount = 0
    /// Decrypted bytes beyond the limit, which were dropped.
    public private(set) var droppedPlaintextCount = 0

    static let firstBytesLimit = 256
    /// What OpenSSL is given at once, and a record's longest content.
    static let pieceLength = 1 << 14

    let ssl: OpaquePointer
    private let input: OpaquePointer
    private let output: OpaquePointer
    let observer: SessionObserver
    private let enforcesVerification: Bool
    private let plaintextLimit: Int
    private var plaintext: [UInt8] = []

    public init(_ configuration: TLSClientConfiguration) throws(TLSConfigurationError) {
        observer = SessionObserver(
            enforcesVerification: configuration.enforcesVerification, padding: configuration.helloPadding)
        enforcesVerification = configuration.enforcesVerification
        plaintextLimit = max(0, configuration.plaintextLimit)
        let connection = unsafe try Self.connection(configuration, observer)
        unsafe ssl = connection.ssl
        unsafe input = connection.input
        unsafe output = connection.output
    }

    // The BIOs are the connection's.
    deinit { unsafe SSL_free(ssl) }

    // MARK: Events

    /// The ClientHello. Nothing at a second call, or when the library cannot make one: then `state` says why.
    public func start() -> [UInt8] {
        if state == .handshaking { advance() }
        return takeOutput()
    }

    /// What the peer sent, in pieces of any length.
    public func receive(_ bytes: Span<UInt8>) -> Step {
        note(bytes)
        var offset = 0
        while offset < bytes.count, isOpen {
            let end = min(offset + Self.pieceLength, bytes.count)
            let piece = bytes.extracting(offset..<end)
            let count = unsafe piece.withUnsafeBufferPointer { buffer in
                unsafe BIO_write(input, buffer.baseAddress, Int32(buffer.count))
            }
            guard Int(count) == piece.count else {
                state = .failed(.other(reason: ErrorQueue.take().text))
                break
            }
            offset = end
            advance()
        }
        return Step(bytes: takeOutput(), state: state)
    }

    /// The peer's stream ended.
    public func end() -> State {
        switch state {
        case .handshaking:
            state = .failed(
                looksLikeTLS ? .unexpectedEnd(after: observer.lastMessageReceived) : .notTLS(firstBytes: firstBytes))
        case .established:
            state = .closed(.withoutNotice)
        case .failed, .closed:
            break
        }
        return state
    }

    /// Encrypts data; the records are to be sent. Nothing comes of it unless the session is established.
    public func send(_ plain: [UInt8]) -> [UInt8] {
        guard state == .established, !plain.isEmpty else { return takeOutput() }
        ERR_clear_error()
        var written = 0
        let status = unsafe SSL_write_ex(ssl, plain, plain.count, &written)
        if status != 1 { conclude(status) }
        return takeOutput()
    }

    /// Says goodbye: close_notify, to be sent. Also in answer to the peer's.
    public func close() -> [UInt8] {
        switch state {
        case .established, .closed(.byPeer):
            ERR_clear_error()
            unsafe SSL_shutdown(ssl)
            ERR_clear_error()
            if state == .established { state = .closed(.byUs) }
        case .handshaking:
            state = .closed(.byUs)
        case .failed, .closed:
            break
        }
        return takeOutput()
    }

    /// The data that was decrypted since the last call.
    public func takePlaintext() -> [UInt8] {
        defer { plaintext = [] }
        return plaintext
    }

    // MARK: Inside

    private var isOpen: Bool {
        switch state {
        case .handshaking, .established: true
        case .failed, .closed: false
        }
    }

    private func note(_ bytes: Span<UInt8>) {
        receivedCount += bytes.count
        let missing = Self.firstBytesLimit - firstBytes.bytes.count
        for index in 0..<max(0, min(missing, bytes.count)) { firstBytes.bytes.append(bytes[index]) }
    }

    private var looksLikeTLS: Bool { TLSRecord.canBegin(with: firstBytes.bytes) }

    /// Goes on as far as what has come allows.
    private func advance() {
        if state == .handshaking {
            ERR_clear_error()
            let status = unsafe SSL_do_handshake(ssl)
            guard status == 1 else { return conclude(status) }
            // No suite without certificates is offered. Should a peer get round that, it has proved nothing.
            guard observer.didVerify || !enforcesVerification else {
                state = .failed(.verification([], sent: nil))
                return
            }
            state = .established
        }
        unsafe withUnsafeTemporaryAllocation(byteCount: Self.pieceLength, alignment: 16) { buffer in
            while state == .established {
                ERR_clear_error()
                var count = 0
                let status = unsafe SSL_read_ex(ssl, buffer.baseAddress, buffer.count, &count)
                guard status == 1 else { return conclude(status) }
                let kept = min(count, plaintextLimit - plaintext.count)
                unsafe plaintext.append(contentsOf: buffer.prefix(kept))
                droppedPlaintextCount += count - kept
            }
        }
    }

    /// Takes in why OpenSSL did not go on.
    private func conclude(_ status: Int32) {
        let error = unsafe SSL_get_error(ssl, status)
        let queue = ErrorQueue.take()
        switch error {
        case SSL_ERROR_WANT_READ, SSL_ERROR_WANT_WRITE:
            break
        case SSL_ERROR_ZERO_RETURN:
            state =
                state == .handshaking
                ? .failed(.alertReceived(observer.lastAlertReceived ?? TLSAlert(.warning, .closeNotify)))
                : .closed(.byPeer)
        default:
            state = .failed(failure(queue))
        }
    }

    private func failure(_ queue: ErrorQueue) -> TLSFailure {
        if !looksLikeTLS { return .notTLS(firstBytes: firstBytes) }
        if enforcesVerification, !observer.failures.isEmpty,
            queue.contains(ERR_LIB_SSL, SSL_R_CERTIFICATE_VERIFY_FAILED)
        {
            return .verification(observer.failures, sent: observer.lastAlertSent)
        }
        // An alert of the peer is an error of that number, above this.
        let alerts = SSL_AD_REASON_OFFSET...(SSL_AD_REASON_OFFSET + 255)
        if let entry = queue.entries.first(where: { $0.library == ERR_LIB_SSL && alerts.contains($0.reason) }) {
            let code = TLSAlert.Code(rawValue: UInt8(entry.reason - SSL_AD_REASON_OFFSET))
            return .alertReceived(observer.lastAlertReceived ?? TLSAlert(.fatal, code))
        }
        if let alert = observer.lastAlertSent { return .alertSent(alert, reason: queue.text) }
        return .other(reason: queue.text)
    }

    private func takeOutput() -> [UInt8] {
        let pending = unsafe BIO_ctrl_pending(output)
        guard pending > 0 else { return [] }
        return unsafe [UInt8](unsafeUninitializedCapacity: pending) { buffer, count in
            var read = 0
            let status = unsafe BIO_read_ex(output, buffer.baseAddress, buffer.count, &read)
            count = status == 1 ? read : 0
        }
    }
}
