import Diagnosis
import PacketWire

/// What comes back for a ClientHello of our own making, up to the first message: that tells whether the hello was read,
/// and nothing behind it is asked for.
struct HelloAnswer {
    enum Reading: Hashable {
        case nothingYet
        case hello(ServerHello)
        case alert(TLSAlert)
        /// TLS, and not what answers a hello.
        case unexpected
        /// No TLS at all: its first bytes.
        case foreign(NetworkText)
    }

    private var bytes: [UInt8] = []

    /// A whole record: no first message is behind more.
    private static let longest = TLSRecord.headerLength + TLSRecord.longestFragment
    /// As much of a foreign answer as is shown.
    private static let shown = 256

    mutating func receive(_ more: [UInt8]) -> Reading {
        bytes += more.prefix(Self.longest - bytes.count)
        let stream = TLSStream(decoding: bytes.span)
        switch stream.messages.first {
        case .serverHello(let hello): return .hello(hello)
        case .alert(let alert): return .alert(alert)
        case .some: return .unexpected
        case nil: break
        }
        switch stream.end {
        case .failed: return looksLikeTLS ? .unexpected : .foreign(start)
        case .complete, .incomplete: return bytes.count >= Self.longest ? .unexpected : .nothingYet
        }
    }

    /// What it is when no more comes; nil where nothing can be said but that it ended.
    var end: Reading? { bytes.isEmpty || looksLikeTLS ? nil : .foreign(start) }

    private var looksLikeTLS: Bool { TLSRecord.canBegin(with: bytes) }

    private var start: NetworkText { NetworkText(bytes: Array(bytes.prefix(Self.shown))).firstLine }
}
