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
        /// Only packets of this direction; nil is both. See `DirectedCapture` for both with their direction told.
        public var direction: PacketDirection?

        public init() {}
    }

    public struct Header: Sendable, Hashable {
        /// Nanoseconds since 1970, as the kernel or the device stamped it.
        public var unixNanoseconds: Int64
        public var originalLength: Int
    }

    public struct Statistics: Sendable, Hashable {
        public var received: UInt64
        /// Dropped because the buffer was full.
        public var dropped: UInt64
        /// Dropped by the interface or its driver.
        public var droppedByInterface: UInt64
    }

    public let interface: String
    public let linkType: LinkType
    public let snapLength: Int
    /// Time stamps are nanoseconds, not microseconds.
    public let isNanosecond: Bool
    public let descriptor: Int32
    private var handle: OpaquePointer?

    public init(interface: String, options: Options = Options()) throws(CaptureError) {
        self.interface = interface
        snapLength = options.snapLength
        let text = ErrorText()
        guard let opened = text.withBuffer({ unsafe pcap_create(interface, $0) }) else {
            throw CaptureError(.other, interface: interface, detail: text.string)
        }
        unsafe pcap_set_snaplen(opened, Int32(clamping: options.snapLength))
        unsafe pcap_set_promisc(opened, 0)
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
        if let direction = options.direction {
            guard unsafe pcap_setdirection(opened, direction == .inbound ? PCAP_D_IN : PCAP_D_OUT) == 0 else {
                let detail = unsafe String(cString: pcap_geterr(opened))
                unsafe pcap_close(opened)
                throw CaptureError(.other, interface: interface, detail: detail)
            }
        }
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
    /// the hand-over and comes out here.
    public func dispatch(
        limit: Int = 256, _ body: (Header, Span<UInt8>) throws -> Void
    ) throws -> Int {
        var count = 0
        while count < limit, let (header, bytes) = unsafe try next() {
            count += 1
            try unsafe body(header, bytes.span)
        }
        return count
    }

    /// The next packet; nil when none is there. The bytes are libpcap's, and good until the next call.
    func next() throws(CaptureError) -> (Header, UnsafeBufferPointer<UInt8>)? {
        guard let handle = unsafe handle else { return nil }
        var header: UnsafeMutablePointer<pcap_pkthdr>?
        var data: UnsafePointer<UInt8>?
        let status = unsafe pcap_next_ex(handle, &header, &data)
        if status == 0 { return nil }
        guard status == 1, let header = unsafe header, let data = unsafe data else {
            throw CaptureError(.other, interface: interface, detail: unsafe String(cString: pcap_geterr(handle)))
        }
        let stamp = unsafe header.pointee.ts
        let fraction = Int64(stamp.tv_usec) * (isNanosecond ? 1 : 1_000)
        let seen = unsafe Header(
            unixNanoseconds: Int64(stamp.tv_sec) * 1_000_000_000 + fraction, originalLength: Int(header.pointee.len))
        return unsafe (seen, UnsafeBufferPointer(start: data, count: Int(header.pointee.caplen)))
    }

    /// The counts since the handle was opened.
    public var statistics: Statistics? {
        guard let handle = unsafe handle else { return nil }
        var numbers = pcap_stat()
        guard unsafe pcap_stats(handle, &numbers) == 0 else { return nil }
        return Statistics(
            received: UInt64(numbers.ps_recv), dropped: UInt64(numbers.ps_drop),
            droppedByInterface: UInt64(numbers.ps_ifdrop))
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
