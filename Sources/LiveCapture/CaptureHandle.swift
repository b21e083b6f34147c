internal import CPcap
public import PacketWire

/// One interface being listened to, through libpcap. Non-blocking: libpcap's own read timeout does not fire while
/// no packet comes, so whoever owns the handle waits on `descriptor` with a timer of its own.
public final class CaptureHandle {
    public struct Options: Sendable, Hashable {
        /// Bytes kept of each packet.
        public var snapLength = 262_144
        /// Deliver each packet at once rather than in blocks: right for probing, wasteful for recording.
        public var isImmediate = true
        /// The kernel's buffer in bytes.
        public var bufferSize = 4 << 20
        /// Also what is for other machines, as a mirror port delivers it.
        public var isPromiscuous = false

        public init() {}
    }

    public struct Header: Sendable, Hashable {
        /// Nanoseconds since 1970, as the kernel or the device stamped it.
        public var unixNanoseconds: Int64
        public var originalLength: Int

        public init(unixNanoseconds: Int64, originalLength: Int) {
            self.unixNanoseconds = unixNanoseconds
            self.originalLength = originalLength
        }
    }

    public struct Statistics: Sendable, Hashable {
        public var received: UInt64
        /// Dropped because the buffer was full.
        public var dropped: UInt64
        /// Dropped by the interface or its driver.
        public var droppedByInterface: UInt64

        public init(received: UInt64 = 0, dropped: UInt64 = 0, droppedByInterface: UInt64 = 0) {
            self.received = received
            self.dropped = dropped
            self.droppedByInterface = droppedByInterface
        }
    }

    public let interface: String
    public let linkType: LinkType
    public let snapLength: Int
    /// Time stamps are nanoseconds, not microseconds.
    public let isNanosecond: Bool
    public let descriptor: Int32
    private var handle: OpaquePointer?
    private var counters = Counters()

    public init(interface: String, options: Options = Options()) throws(CaptureError) {
        self.interface = interface
        snapLength = options.snapLength
        let text = ErrorText()
        guard let opened = text.withBuffer({ unsafe pcap_create(interface, $0) }) else {
            throw CaptureError(.other, interface: interface, detail: text.string)
        }
        unsafe pcap_set_snaplen(opened, Int32(clamping: options.snapLength))
        unsafe pcap_set_promisc(opened, options.isPromiscuous ? 1 : 0)
        unsafe pcap_set_timeout(opened, 100)
        unsafe pcap_set_immediate_mode(opened, options.isImmediate ? 1 : 0)
        unsafe pcap_set_buffer_size(opened, Int32(clamping: options.bufferSize))
        isNanosecond = unsafe pcap_set_tstamp_precision(opened, PCAP_TSTAMP_PRECISION_NANO) == 0
        let status = unsafe pcap_activate(opened)
        guard status >= 0 else {
            let detail = unsafe String(cString: pcap_geterr(opened))
            unsafe pcap_close(opened)
            throw CaptureError(Self.kind(status), interface: interface, detail: detail)
        }
        // On "any", the second version of the cooked header is the one that names the interface. An older libpcap
        // does not know it and stays with the first.
        if interface == "any" { unsafe pcap_set_datalink(opened, Int32(bitPattern: LinkType.linuxSLL2.rawValue)) }
        guard text.withBuffer({ unsafe pcap_setnonblock(opened, 1, $0) }) == 0 else {
            unsafe pcap_close(opened)
            throw CaptureError(.other, interface: interface, detail: text.string)
        }
        unsafe handle = opened
        linkType = unsafe LinkType(device: pcap_datalink(opened))
        descriptor = unsafe pcap_get_selectable_fd(opened)
    }

    deinit { close() }

    public func close() {
        if let handle = unsafe handle { unsafe pcap_close(handle) }
        unsafe handle = nil
    }

    func withHandle<Result>(_ body: (OpaquePointer) -> Result) -> Result? {
        guard let handle = unsafe handle else { return nil }
        return unsafe body(handle)
    }

    private static func kind(_ status: Int32) -> CaptureError.Kind {
        switch status {
        case PCAP_ERROR_PERM_DENIED, PCAP_ERROR_PROMISC_PERM_DENIED: .noPermission
        case PCAP_ERROR_NO_SUCH_DEVICE: .noSuchDevice
        case PCAP_ERROR_IFACE_NOT_UP: .deviceDown
        default: .other
        }
    }

    /// Compiles a filter for this interface and sets it in the kernel.
    public func setFilter(_ expression: String) throws(CaptureError) {
        guard let handle = unsafe handle else { return }
        var program = unsafe bpf_program()
        guard unsafe pcap_compile(handle, &program, expression, 1, UInt32(bitPattern: -1)) == 0 else {
            throw CaptureError(.badFilter, interface: interface, detail: unsafe String(cString: pcap_geterr(handle)))
        }
        defer { unsafe pcap_freecode(&program) }
        guard unsafe pcap_setfilter(handle, &program) == 0 else {
            throw CaptureError(.badFilter, interface: interface, detail: unsafe String(cString: pcap_geterr(handle)))
        }
    }

    /// Whether a filter can be compiled for a link type, without any device.
    public static func checkFilter(_ expression: String, linkType: LinkType = .ethernet) throws(CaptureError) {
        guard let dead = unsafe pcap_open_dead(Int32(bitPattern: linkType.rawValue), 262_144) else { return }
        defer { unsafe pcap_close(dead) }
        var program = unsafe bpf_program()
        guard unsafe pcap_compile(dead, &program, expression, 1, UInt32(bitPattern: -1)) == 0 else {
            throw CaptureError(.badFilter, interface: "", detail: unsafe String(cString: pcap_geterr(dead)))
        }
        unsafe pcap_freecode(&program)
    }

    /// Hands over what has arrived, at most `limit` packets; returns how many. An error that the body throws ends
    /// the hand-over and comes out here. The bytes are libpcap's, and good within the body.
    public func dispatch(
        limit: Int = 256, _ body: (Header, Span<UInt8>) throws -> Void
    ) throws -> Int {
        guard let handle = unsafe handle, limit > 0 else { return 0 }
        let fraction: Int64 = isNanosecond ? 1 : 1_000
        return try withoutActuallyEscaping(body) { body in
            var delivery = Delivery(handle: handle, fraction: fraction, body: body)
            let status = unsafe withUnsafeMutablePointer(to: &delivery) { context in
                unsafe pcap_dispatch(
                    handle, Int32(clamping: limit), Delivery.take,
                    UnsafeMutableRawPointer(context).assumingMemoryBound(to: UInt8.self))
            }
            if let failure = delivery.failure { throw failure }
            // What was handed over counts, whatever comes after it: an error that lasts comes again. And a loop that
            // was broken with its last packet says so at the next call.
            guard status >= 0 || status == PCAP_ERROR_BREAK || delivery.count > 0 else {
                throw CaptureError(.other, interface: interface, detail: unsafe String(cString: pcap_geterr(handle)))
            }
            return delivery.count
        }
    }

    /// What libpcap's callback is given.
    private struct Delivery {
        let handle: OpaquePointer
        let fraction: Int64
        let body: (Header, Span<UInt8>) throws -> Void
        var count = 0
        var failure: (any Error)?

        static let take: pcap_handler = { context, header, data in
            guard let context = unsafe context, let header = unsafe header, let data = unsafe data else { return }
            let delivery = unsafe UnsafeMutableRawPointer(context).assumingMemoryBound(to: Delivery.self)
            guard unsafe delivery.pointee.failure == nil else { return }
            unsafe delivery.pointee.count &+= 1
            let stamp = unsafe header.pointee.ts
            let seen = unsafe Header(
                unixNanoseconds: Int64(stamp.tv_sec) &* 1_000_000_000 &+ Int64(stamp.tv_usec)
                    &* delivery.pointee.fraction, originalLength: Int(header.pointee.len))
            let bytes = unsafe UnsafeBufferPointer(start: data, count: Int(header.pointee.caplen))
            do {
                try unsafe delivery.pointee.body(seen, bytes.span)
            } catch {
                unsafe delivery.pointee.failure = error
                unsafe pcap_breakloop(delivery.pointee.handle)
            }
        }
    }

    /// The counts since the handle was opened. Asked at least once in four thousand million packets, they are right
    /// beyond 32 bits.
    public var statistics: Statistics? {
        guard let handle = unsafe handle else { return nil }
        var numbers = pcap_stat()
        guard unsafe pcap_stats(handle, &numbers) == 0 else { return nil }
        counters.add(received: numbers.ps_recv, dropped: numbers.ps_drop, droppedByInterface: numbers.ps_ifdrop)
        return counters.sums
    }

    /// libpcap counts in 32 bits, which a busy interface fills in hours.
    struct Counters {
        private var last: (received: UInt32, dropped: UInt32, droppedByInterface: UInt32) = (0, 0, 0)
        private(set) var sums = Statistics()

        /// Takes libpcap's counts, which go on from those before.
        mutating func add(received: UInt32, dropped: UInt32, droppedByInterface: UInt32) {
            sums.received &+= UInt64(received &- last.received)
            sums.dropped &+= UInt64(dropped &- last.dropped)
            sums.droppedByInterface &+= UInt64(droppedByInterface &- last.droppedByInterface)
            last = (received, dropped, droppedByInterface)
        }
    }
}

extension LinkType {
    /// libpcap's number for a device (DLT) as the number that stands in files (LINKTYPE). They are the same but for
    /// a few, of which raw IP, the type of tunnels, is 12 on devices and 101 in files.
    init(device number: Int32) {
        self = number == 12 ? .rawIP : LinkType(rawValue: UInt32(bitPattern: number))
    }
}

/// libpcap's buffer for the text of an error.
final class ErrorText {
    private var bytes = [CChar](repeating: 0, count: Int(PCAP_ERRBUF_SIZE))

    func withBuffer<Result>(_ body: (UnsafeMutablePointer<CChar>) -> Result) -> Result {
        unsafe bytes.withUnsafeMutableBufferPointer { unsafe body($0.baseAddress!) }
    }

    var string: String {
        String(decoding: bytes.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
