import Conversations
import Diagnosis
import HostNetwork
import LiveCapture
import PacketWire

/// The interfaces that a probe run listens on, and what was kept of what passed there.
final class CaptureSet {
    private let handles: [CaptureHandle]
    /// Whose frames are whose, one for each handle.
    private let directions: [DirectionRule]
    private var copies: BridgedCopies
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
    ///   - addresses: the link address of each interface that has one.
    ///   - masters: the bridge or bond of each interface that is a port of one.
    ///   - isOneLinkType: the file that is to be written holds one link type only, so others of another are left out.
    ///   - targets: how many are probed; the kernel takes 20 ms to clear a buffer that many need and one does not.
    init(
        interfaces: [String], others: [String], addresses: [String: MACAddress] = [:],
        masters: [String: String] = [:], isOneLinkType: Bool,
        filter: String, targets: Int, keepsBytes: Bool
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
        // What comes in by a port is for the device above it.
        directions = opened.map { handle in
            let master = masters[handle.interface].flatMap { addresses[$0] }
            return DirectionRule(linkType: handle.linkType, ownAddress: master ?? addresses[handle.interface])
        }
        copies = BridgedCopies(interfaces: opened.map(\.interface), masters: masters)
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
        /// It came for another link address than the interface's.
        var isForAnother: Bool
        /// It passed the loopback interface.
        var isLoopback: Bool

        init(_ packet: Packet, in bytes: Span<UInt8>, direction: DirectionRule, isLoopback: Bool) {
            quote = PacketQuote(packet, in: bytes)
            isDamaged = packet.checksums(in: bytes).isWrong
            identifier = packet.datagramIdentifier(in: bytes)
            isForAnother = direction.isForAnother(bytes)
            self.isLoopback = isLoopback
        }
    }

    /// Reads what has arrived on all interfaces and gives it on, decoded, with its number for the file. The body
    /// says whose packet it is; nobody's is neither numbered nor kept.
    func drain(
        clock: RunClock,
        _ body: (Packet, Instant, Reading, (_ isOutbound: Bool) -> Int) -> Void
    ) {
        for arrival in arrivals() {
            if copies.isCopy(
                arrival.bytes, interface: arrival.interface, unixNanoseconds: arrival.unixNanoseconds)
            {
                continue
            }
            let (handle, bytes) = (handles[arrival.interface], arrival.bytes.span)
            let packet = Packet.decode(bytes, linkType: handle.linkType, originalLength: arrival.originalLength)
            var wanted: Bool?
            var number = 0
            let reading = Reading(
                packet, in: bytes, direction: directions[arrival.interface],
                isLoopback: handle.interface == LoopbackInterface.name)
            body(packet, clock.instant(unix: arrival.unixNanoseconds), reading) { isOutbound in
                wanted = isOutbound
                number = store.count + 1
                return number
            }
            guard let isOutbound = wanted else { continue }
            _ = store.add(
                FrameStore.Frame(
                    interface: arrival.interface, unixNanoseconds: arrival.unixNanoseconds,
                    originalLength: arrival.originalLength, isOutbound: isOutbound, bytes: arrival.bytes),
                length: arrival.bytes.count)
        }
    }

    /// A frame as it came, and by which interface.
    struct Arrival {
        var interface: Int
        var unixNanoseconds: Int64
        var originalLength: Int
        var bytes: [UInt8]

        /// In the order of time: what leaves by one interface may be answered by another, and the answer means nothing
        /// to whoever has not seen the question. Those of one moment stay as they came.
        static func inOrder(_ arrivals: [Arrival]) -> [Arrival] {
            arrivals.enumerated().sorted {
                ($0.element.unixNanoseconds, $0.offset) < ($1.element.unixNanoseconds, $1.offset)
            }.map(\.element)
        }
    }

    /// Frames that are held to be put in order: a flood on the link waits for the next reading.
    private static let mostArrivals = 16_384

    /// Every interface is read once more until all of them are empty, so that what came before a frame that was read is
    /// there, too.
    private func arrivals() -> [Arrival] {
        var arrivals: [Arrival] = []
        for _ in 0..<64 {
            let before = arrivals.count
            for (index, handle) in handles.enumerated() {
                dispatch(handle) { header, bytes in
                    arrivals.append(
                        Arrival(
                            interface: index, unixNanoseconds: header.unixNanoseconds,
                            originalLength: header.originalLength, bytes: bytes.copied))
                }
            }
            if arrivals.count == before || arrivals.count >= Self.mostArrivals { break }
        }
        return handles.count > 1 ? Arrival.inOrder(arrivals) : arrivals
    }

    /// A handle that fails (its interface went away) ends its own testimony, not the run's.
    private func dispatch(_ handle: CaptureHandle, _ body: (CaptureHandle.Header, Span<UInt8>) -> Void) {
        do {
            _ = try handle.dispatch { header, bytes in body(header, bytes) }
        } catch {
            failure = failure ?? "\(error)"
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
