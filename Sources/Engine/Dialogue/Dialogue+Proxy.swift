import Conversations
import Diagnosis
import SecureChannel

/// A proxy that is itself spoken to in TLS: all that is said to it, and to the target through it, goes inside.
extension Dialogue {
    func secureProxy(at now: Instant) {
        isSecuringProxy = true
        beginTLS(at: now)
    }

    /// TLS with the proxy stands.
    func goBehind(_ session: TLSClientSession, at now: Instant) {
        (carrier, self.session) = (session, nil)
        isSecuringProxy = false
        askProxy(at: now)
    }

    /// As it leaves.
    func carried(_ bytes: [UInt8]) -> [UInt8] { bytes.isEmpty ? [] : carrier?.send(bytes) ?? bytes }

    /// Bytes of the proxy, once TLS with it stands; false where there is no such proxy.
    func receiveInCarrier(_ bytes: [UInt8], at now: Instant) -> Bool {
        guard let carrier else { return false }
        let step = carrier.receive(bytes.span)
        sendBare(step.bytes)
        hear(inCarrier: carrier.takePlaintext(), at: now)
        // It has said goodbye, or nonsense: nothing more comes of this connection.
        if carrier.state != .established { ended(nil, at: now) }
        return true
    }

    func hear(inCarrier plain: [UInt8], at now: Instant) {
        if !plain.isEmpty, !isDone { take(plain, at: now) }
    }
}
