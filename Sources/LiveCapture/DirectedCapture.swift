public import PacketWire

/// One interface being listened to, each packet with its direction.
///
/// Frames do not say which way they went, and the ways to find out differ in what they get wrong. A source MAC
/// address that is ours is right on plain Ethernet and says nothing on tunnels, on bridge ports and of forged
/// frames. The filter words `inbound` and `outbound` are decided in the kernel, but the first packet after a filter
/// is set is matched by libpcap itself, which cannot evaluate them and loses it: for a tool that sends one SYN,
/// that is the packet. `pcap_setdirection` reads the kernel's own packet type and was exact on Ethernet and on
/// tunnels, so two handles listen here, one for each direction, and their packets are put in order by their time
/// stamps. It costs a second buffer in the kernel; the filter is in the kernel for both.
///
/// On "any" the cooked header tells, and one handle is enough. On loopback every packet goes both ways at once and
/// is delivered once, without a direction.
public final class DirectedCapture {
    private struct Waiting {
        var header: CaptureHandle.Header
        var bytes: UnsafeBufferPointer<UInt8>
    }

    private let handles: [(handle: CaptureHandle, direction: PacketDirection?)]
    /// The first packet of each handle that has not been handed over yet.
    private var waiting: [Waiting?]

    public init(
        interface: String, isLoopback: Bool, options: CaptureHandle.Options = CaptureHandle.Options()
    ) throws(CaptureError) {
        if isLoopback || interface == "any" {
            handles = [(try CaptureHandle(interface: interface, options: options), nil)]
        } else {
            var outbound = options
            outbound.direction = .outbound
            var inbound = options
            inbound.direction = .inbound
            handles = [
                (try CaptureHandle(interface: interface, options: outbound), .outbound),
                (try CaptureHandle(interface: interface, options: inbound), .inbound),
            ]
        }
        waiting = Array(repeating: nil, count: handles.count)
    }

    public var interface: String { handles[0].handle.interface }
    public var linkType: LinkType { handles[0].handle.linkType }
    public var snapLength: Int { handles[0].handle.snapLength }
    public var isNanosecond: Bool { handles[0].handle.isNanosecond }
    /// Any of them becomes readable when packets are there.
    public var descriptors: [Int32] { handles.map(\.handle.descriptor) }

    public func setFilter(_ expression: String) throws(CaptureError) {
        for (handle, _) in handles { try handle.setFilter(expression) }
    }

    /// Hands over what has arrived, oldest first, at most `limit` packets; returns how many. An error that the body
    /// throws ends the hand-over and comes out here.
    ///
    /// A packet that waits is not announced by the descriptors again, so whoever got `limit` packets calls again.
    public func dispatch(
        limit: Int = 256, _ body: (CaptureHandle.Header, PacketDirection?, Span<UInt8>) throws -> Void
    ) throws -> Int {
        var count = 0
        while count < limit {
            for index in handles.indices where waiting[index] == nil {
                guard let (header, bytes) = try handles[index].handle.next() else { continue }
                waiting[index] = Waiting(header: header, bytes: bytes)
            }
            var oldest: Int?
            for index in waiting.indices {
                guard let candidate = waiting[index] else { continue }
                if let best = oldest.flatMap({ waiting[$0] }),
                    best.header.unixNanoseconds <= candidate.header.unixNanoseconds
                {
                    continue
                }
                oldest = index
            }
            guard let oldest, let packet = waiting[oldest] else { break }
            // Handed over is handed over, also where the body throws.
            waiting[oldest] = nil
            count += 1
            let bytes = packet.bytes.span
            let direction = handles[oldest].direction ?? PacketDirection(cooked: bytes, linkType: linkType)
            try body(packet.header, direction, bytes)
        }
        return count
    }

    /// The counts of all handles since they were opened. What the kernel counts as received includes packets of the
    /// other direction, because the direction is looked at after the buffer: on two handles everything counts twice.
    public var statistics: CaptureHandle.Statistics? {
        var sum = CaptureHandle.Statistics(received: 0, dropped: 0, droppedByInterface: 0)
        for (handle, _) in handles {
            guard let part = handle.statistics else { return nil }
            sum.received += part.received
            sum.dropped += part.dropped
            // Of the device, and so the same for both.
            sum.droppedByInterface = max(sum.droppedByInterface, part.droppedByInterface)
        }
        return sum
    }

    public func close() {
        waiting = waiting.map { _ in nil }
        for (handle, _) in handles { handle.close() }
    }
}
