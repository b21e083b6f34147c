#if os(Linux)
    import Glibc

    /// What a lab service says to what it reads: a page to each HTTP request.
    struct AnsweringService {
        private var heard: [Int32: [UInt8]] = [:]
        private var lengths: [Int32: Int] = [:]
        /// A request head that is longer is no request.
        private static let longest = 16_384

        /// A connection on which each request is answered by a page of so many bytes.
        mutating func add(_ connection: Int32, page length: Int) {
            heard[connection] = []
            lengths[connection] = length
        }

        mutating func remove(_ connection: Int32) {
            heard[connection] = nil
            lengths[connection] = nil
        }

        /// What was read from a connection; answers when the request is complete.
        mutating func read(_ bytes: ArraySlice<UInt8>, from connection: Int32) {
            guard let length = lengths[connection], var text = heard[connection] else { return }
            text += bytes.prefix(Self.longest - text.count)
            guard text.suffix(4) == Array("\r\n\r\n".utf8)[...] else {
                heard[connection] = text
                return
            }
            heard[connection] = []
            let head = "HTTP/1.1 200 OK\r\nServer: lab\r\nContent-Length: \(length)\r\n\r\n"
            let page = Array(head.utf8) + [UInt8](repeating: 0x2E, count: length)
            // At once: the first segment is as large as the path's end believes it may be.
            send(connection, page, page.count, Int32(MSG_NOSIGNAL))
        }
    }
#endif
