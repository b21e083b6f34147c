internal import COpenSSL
internal import PacketWire

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// OpenSSL's errors of this thread, oldest first. Taken as a whole, so that none is left for whoever comes next.
struct ErrorQueue {
    struct Entry: Hashable {
        var library: Int32
        var reason: Int32
        var text: String
    }

    private(set) var entries: [Entry] = []

    /// Empties the thread's queue.
    static func take() -> ErrorQueue {
        var queue = ErrorQueue()
        while true {
            let code = ERR_get_error()
            guard code != 0 else { return queue }
            // The library keeps 16.
            if queue.entries.count < 16 { queue.entries.append(Entry(code)) }
        }
    }

    func contains(_ library: Int32, _ reason: Int32) -> Bool {
        entries.contains { $0.library == library && $0.reason == reason }
    }

    /// All of them, each once, for a person to read.
    var text: NetworkText {
        var seen: [String] = []
        for entry in entries where !seen.contains(entry.text) { seen.append(entry.text) }
        return NetworkText(seen.isEmpty ? "no reason given" : seen.joined(separator: ": "))
    }
}

extension ErrorQueue.Entry {
    fileprivate init(_ code: UInt) {
        library = ERR_GET_LIB(code)
        reason = ERR_GET_REASON(code)
        if library == ERR_LIB_SYS, let words = unsafe strerror(reason) {
            text = unsafe String(cString: words)
        } else if let words = unsafe ERR_reason_error_string(code) {
            text = unsafe String(cString: words)
        } else {
            text = "error \(reason) of library \(library)"
        }
    }
}
