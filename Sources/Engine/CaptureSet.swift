import Conversations
import Diagnosis
import HostNetwork
import LiveCapture
import PacketWire

/// The interfaces that a probe run listens on, and what was kept of what passed there.
final class CaptureSet {
    private let handles: [CaptureHandle]
    private(set) var store: FrameStore
    private var lastStatistics: [CaptureHandle.Statistics?]

    var descriptors: [Int32] { handles.map(\.descriptor) }
    var interfaces: [String] { handles.map(\.interface) }

    /// Opens every interface or none: half a witness would say "did not leave" of what left elsewhere.
    init(interfaces: [String], filter: String, keepsBytes: Bool) throws(CaptureError) {
        var opened: [CaptureHandle] = []
        var store = FrameStore(keepsBytes: keepsBytes)
        var options = CaptureHandle.Options()
        // Handshakes are small; what a banner brings beyond this is cut, and the file says so.
        options.snapLength = 2_048
        for interface in interfaces {
            let handle = try CaptureHandle(interface: interface, options: options)
            try handle.setFilter(filter)
            opened.append(handle)
            store.interfaces.append(
                FrameStore.Interface(
                    name: interface, linkType: handle.linkType, snapLength: handle.snapLength, filter: filter))
        }
        handles = opened
        self.store = store
        lastStatistics = Array(repeating: nil, count: opened.count)
    }

    /// Everything that concerns the targets' addresses, and all that can say why nothing comes back.
    static func filter(for addresses: [IPAddress]) -> String {
        let always = "icmp or icmp6 or arp"
        let unique = Set(addresses).sorted()
        guard !unique.isEmpty, unique.count <= 64 else { return "\(always) or tcp or udp" }
        let hosts = unique.map { "host \($0)" }.joined(separator: " or ")
        return "\(always) or ((tcp or udp) and (\(hosts)))"
    }

    /// Reads what has arrived on all interfaces and gives it on, decoded, with its number for the file. The body
    /// says whose packet it is; nobody's is neither numbered nor kept.
    func drain(
        clock: RunClock, _ body: (Packet, Instant, (_ isOutbound: Bool) -> Int) -> Void
    ) {
        for (index, handle) in handles.enumerated() {
            for _ in 0..<64 {
                let count = try? handle.dispatch { header, bytes in
                    let packet = Packet.decode(bytes, linkType: handle.linkType, originalLength: header.originalLength)
                    // A closure cannot hold the span, so the bytes are copied only when somebody wants the frame.
                    var wanted: Bool?
                    var number = 0
                    body(packet, clock.instant(unix: header.unixNanoseconds)) { isOutbound in
                        wanted = isOutbound
                        number = store.count + 1
                        return number
                    }
                    guard let isOutbound = wanted else { return }
                    _ = store.add(
                        FrameStore.Frame(
                            interface: index, unixNanoseconds: header.unixNanoseconds,
                            originalLength: header.originalLength, isOutbound: isOutbound, bytes: bytes.copied),
                        length: bytes.count)
                }
                guard let count, count > 0 else { break }
            }
        }
    }

    /// Packets that the kernel could not keep for us, all interfaces together.
    func droppedPackets() -> UInt64 {
        handles.reduce(0) { sum, handle in
            guard let numbers = handle.statistics else { return sum }
            return sum + numbers.dropped
        }
    }

    /// Reads the counts into the store, for the file.
    func readStatistics() {
        for (index, handle) in handles.enumerated() {
            guard let numbers = handle.statistics else { continue }
            store.interfaces[index].received = numbers.received
            store.interfaces[index].dropped = numbers.dropped
        }
    }
}

extension Span<UInt8> {
    /// The bytes as an array.
    var copied: [UInt8] {
        [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
            for index in 0..<count { unsafe buffer.initializeElement(at: index, to: self[index]) }
            initialized = count
        }
    }
}
