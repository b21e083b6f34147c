/// One option of an IPv4 header, RFC 791 section 3.1. Few packets have any, and most firewalls drop those.
public struct IPv4Option: Hashable, Sendable, CustomStringConvertible {
    public var kind: UInt8
    /// What follows the kind and the length.
    public var data: [UInt8]

    public init(kind: UInt8, data: [UInt8] = []) {
        self.kind = kind
        self.data = data
    }

    static let endOfList: UInt8 = 0
    static let noOperation: UInt8 = 1
    static let looseSourceRoute: UInt8 = 131
    static let strictSourceRoute: UInt8 = 137

    /// The options in order, without the end of the list. What cannot be an option ends it.
    public static func list(in bytes: Span<UInt8>, _ range: Range<Int>) -> [IPv4Option] {
        var options: [IPv4Option] = []
        _ = walk(bytes, range) { kind, data in
            options.append(IPv4Option(kind: kind, data: data.map { bytes[$0] }))
        }
        return options
    }

    /// Where a packet goes in the end whose sender chose its way: the last address of a source route that is not used up
    /// (RFC 791 section 3.1). Until then the header's destination is the next stop. Nil where there is no such route.
    static func finalDestination(_ bytes: Span<UInt8>, _ range: Range<Int>) -> IPv4Address? {
        var found: IPv4Address?
        walk(bytes, range) { kind, data in
            guard kind == looseSourceRoute || kind == strictSourceRoute, data.count >= 5 else { return }
            // The pointer counts from the option's first byte, from 1.
            let pointer = Int(bytes[data.lowerBound])
            guard pointer >= 4, pointer & 3 == 0, pointer &- 2 &+ 3 <= data.count, (data.count &- 1) & 3 == 0 else {
                return
            }
            found = IPv4Address(rawValue: bytes.uint32(at: data.upperBound &- 4))
        }
        return found
    }

    /// Calls `visit` for each option; false when the list is malformed.
    @discardableResult
    static func walk(_ bytes: Span<UInt8>, _ range: Range<Int>, _ visit: (UInt8, Range<Int>) -> Void) -> Bool {
        var index = max(range.lowerBound, 0)
        let end = min(range.upperBound, bytes.count)
        while index < end {
            let kind = bytes[index]
            if kind == endOfList { return true }
            if kind == noOperation {
                visit(kind, index..<index)
                index &+= 1
                continue
            }
            guard end &- index >= 2 else { return false }
            let length = Int(bytes[index &+ 1])
            guard length >= 2, length <= end &- index else { return false }
            visit(kind, index &+ 2..<index &+ length)
            index &+= length
        }
        return true
    }

    public func encode(into bytes: inout [UInt8]) {
        bytes.append(kind)
        guard kind != Self.endOfList, kind != Self.noOperation else { return }
        bytes.append(UInt8(truncatingIfNeeded: data.count + 2))
        bytes += data
    }

    public var description: String {
        switch kind {
        case 0: "end of list"
        case 1: "nop"
        case 7: "record route"
        case 68: "timestamp"
        case 130: "security"
        case 131: "loose source route"
        case 137: "strict source route"
        case 148: "router alert"
        default: "IP option \(kind)"
        }
    }
}
