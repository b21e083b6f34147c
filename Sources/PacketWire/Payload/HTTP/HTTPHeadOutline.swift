/// What following an answer needs of its head, behind the status line: how long the content is, and of what kind. Nothing of it
/// is copied, as little of most heads is asked for; `HTTPHead` tells the rest, and of the same bytes the same.
package struct HTTPHeadOutline {
    /// The status line came to its end, so that its reason is all there.
    package let hasWholeStatus: Bool
    /// Where the content begins; nil while the head is not whole. Then nothing else of it counts.
    package private(set) var end: Int?
    /// What the first field of that name says; nil where it says no number, or there is none.
    package private(set) var contentLength: Int?
    package private(set) var hasTransferEncoding = false
    /// The first field of that name ends with it: RFC 9112 section 6.1.
    package private(set) var isChunked = false
    /// The content is text of some kind: RFC 9110 section 8.3.
    package private(set) var isText = false
    private var hasLength = false
    private var hasType = false

    /// - Parameter bytes: that begin with a status line.
    package init(decoding bytes: Span<UInt8>) {
        let statusEnd = bytes.line(from: 0).upperBound
        var place = bytes.behindLine(statusEnd)
        hasWholeStatus = place > statusEnd
        var fields = 0
        while place < bytes.count {
            let line = bytes.line(from: place)
            let next = bytes.behindLine(line.upperBound)
            // A line without its end may go on.
            guard next > line.upperBound else { return }
            if line.isEmpty {
                end = next
                return
            }
            if fields < HTTPHead.mostFields { note(bytes, line) }
            fields &+= 1
            place = next
        }
    }

    /// Few names begin with the letters of those that count.
    @inline(__always)
    private mutating func note(_ bytes: Span<UInt8>, _ line: Range<Int>) {
        switch bytes[line.lowerBound] | 0x20 {
        case UInt8(ascii: "c"): noteContent(bytes, line.lowerBound)
        case UInt8(ascii: "t"):
            if let value = bytes.value(ofField: "Transfer-Encoding", at: line.lowerBound) {
                if !hasTransferEncoding { isChunked = bytes.extracting(value).endsWithChunked }
                hasTransferEncoding = true
            }
        default: break
        }
    }

    private mutating func noteContent(_ bytes: Span<UInt8>, _ line: Int) {
        if !hasLength, let value = bytes.value(ofField: "Content-Length", at: line) {
            hasLength = true
            contentLength = bytes.extracting(value).decimal
        } else if !hasType, let value = bytes.value(ofField: "Content-Type", at: line) {
            hasType = true
            isText = bytes.extracting(value).beginsIgnoringCase("text/")
        }
    }
}

extension Span where Element == UInt8 {
    fileprivate var endsWithChunked: Bool {
        let length = 7
        return count >= length && extracting((count &- length)...).beginsIgnoringCase("chunked")
    }
}
