import Conversations
import Diagnosis
import HostNetwork
import LiveCapture
import PacketWire

/// The interfaces that a probe run listens on, and what was kept of what passed there.
final class CaptureSet {
    private let handles: [CaptureHandle]
    private(set) var store: FrameStore
    /// What ended the testimony of an interface before the run was over.
    private(set) var failure: String?

    var descriptors: [Int32] { handles.map(\.descriptor) }
    var interfaces: [String] { handles.map(\.interface) }

    /// Opens every interface that packets leave by, or none: half a witness would say "did not leave" of what left
    /// elsewhere.
    ///
    /// - Parameters:
    ///   - others: interfaces that answers may come in by; one that cannot be watched is no reason to watch nothing.
    ///   - isOneLinkType: the file that is to be written holds one link type only, so others of another are left out.
    ///   - targets: how many are probed; the kernel takes 20 ms to clear a buffer that many need and one does not.
    init(
        interfaces: [String], others: [String], isOneLinkType: Bool, filter: String, targets: Int, keepsBytes: Bool
    ) throws(CaptureError) {
        var opened: [CaptureHandle] = []
        var store = FrameStore(keepsBytes: keepsBytes)
        var options = CaptureHandle.Options()
        // Handshakes are small; what a banner brings beyond this is cut, and the file says so.
        options.snapLength = 2_048
        options.bufferSize = targets <= 4 ? 1 << 20 : 4 << 20
        func open(_ interface: String) throws(CaptureError) -> CaptureHandle {
            let handle = try CaptureHandle(interface: interface, options: options)
            try handle.setFilter(filter)
            return handle
        }
        for interface in interfaces { opened.append(try open(interface)) }
        for interface in others {
            guard let handle = try? open(interface),
                !isOneLinkType || opened.allSatisfy({ $0.linkType == handle.linkType })
            else { continue }
            opened.append(handle)
        }
        store.interfaces = opened.map {
            FrameStore.Interface(name: $0.interface, linkType: $0.linkType, snapLength: $0.snapLength, filter: filter)
        }
        handles = opened
        self.store = store
    }

    /// Everything that concerns the targets' addresses, and all that can say why nothing comes back.
    ///
    /// - Parameters:
    ///   - ports: TCP ports that are asked. A SYN-ACK from one of them may bear another address than the one that was
    ///     asked; what is not for a socket of ours is not kept.
    ///   - datagramPorts: the same of UDP.
    static func filter(for addresses: [IPAddress], ports: [UInt16], datagramPorts: [UInt16] = []) -> String {
        let always = "icmp or icmp6 or arp"
        let unique = Set(addresses).sorted()
        guard !unique.isEmpty, unique.count <= 64 else { return "\(always) or tcp or udp" }
        let hosts = unique.map { "host \($0)" }.joined(separator: " or ")
        var filter = "\(always) or ((tcp or udp) and (\(hosts)))"
        if let from = sources(ports) {
            filter += " or ((tcp[13] & 0x12 = 0x12 or (ip6[6] = 6 and ip6[53] & 0x12 = 0x12)) and (\(from)))"
        }
        if let from = sources(datagramPorts) { filter += " or (udp and (\(from)))" }
        return filter
    }

    /// Nil for none, and for so many that a busy machine's others would push ours out of the buffer.
    private static func sources(_ ports: [UInt16]) -> String? {
        let asked = Set(ports).sorted()
        guard !asked.isEmpty, asked.count <= 16 else { return nil }
        return asked.map { "src port \($0)" }.joined(separator: " or ")
    }

    /// What only the bytes of a frame tell.
    struct Reading {
        var quote: PacketQuote?
        var isDamaged: Bool
        /// How the payload of a datagram begins.
        var identifier: UInt16?

        init(_ packet: Packet, in bytes: Span<UInt8>) {
            quote = PacketQuote(packet, in: bytes)
            isDamaged = packet.checksums(in: bytes).isWrong
            identifier = packet.datagramIdentifier(in: bytes)
        }
    }

    /// Reads what has arrived on all interfaces and gives it on, decoded, with its number for the file. The body
    /// says whose packet it is; nobody's is neither numbered nor kept.
    func drain(
        clock: RunClock,
        _ body: (Packet, Instant, Reading, (_ isOutbound: Bool) -> Int) -> Void
    ) {
        for (index, handle) in handles.enumerated() {
            for _ in 0..<64 {
                let count = dispatch(handle) { header, bytes in
                    let packet = Packet.decode(bytes, linkType: handle.linkType, originalLength: header.originalLength)
                    // A closure cannot hold the span, so the bytes are copied only when somebody wants the frame.
                    var wanted: Bool?
                    var number = 0
                    let reading = Reading(packet, in: bytes)
                    body(packet, clock.instant(unix: header.unixNanoseconds), reading) { isOutbound in
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
                guard count > 0 else { break }
            }
        }
    }

    /// A handle that fails (its interface went away) ends its own testimony, not the run's.
    private func dispatch(
        _ handle: CaptureHandle, _ body: (CaptureHandle.Header, Span<UInt8>) -> Void
    ) -> Int {
        do {
            return try handle.dispatch { header, bytes in body(header, bytes) }
        } catch {
            failure = failure ?? "\(error)"
            return 0
        }
    }

    /// Ends the listening; what was kept stays.
    func close() { CaptureHandle.close(handles) }

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
