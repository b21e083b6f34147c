internal import CPcap
public import PacketWire

/// Something that can be listened to.
public struct CaptureDevice: Sendable, Hashable {
    public var name: String
    /// libpcap's words for it; nil where it has none.
    public var detail: String?
    public var isUp: Bool
    public var isRunning: Bool
    public var isLoopback: Bool

    /// Every device that libpcap knows here, real interfaces and others ("any"), in libpcap's order: the likeliest
    /// first. It needs no privilege to look.
    public static func all() throws(CaptureError) -> [CaptureDevice] {
        let text = ErrorText()
        var list: UnsafeMutablePointer<pcap_if_t>?
        guard text.withBuffer({ unsafe pcap_findalldevs(&list, $0) }) == 0 else {
            throw CaptureError(.other, interface: "", detail: text.string)
        }
        defer { unsafe pcap_freealldevs(list) }
        var devices: [CaptureDevice] = []
        var next = unsafe list
        while let entry = unsafe next {
            let flags = unsafe entry.pointee.flags
            unsafe devices.append(
                CaptureDevice(
                    name: String(cString: entry.pointee.name),
                    detail: entry.pointee.description.map { String(cString: $0) },
                    isUp: flags & UInt32(PCAP_IF_UP) != 0, isRunning: flags & UInt32(PCAP_IF_RUNNING) != 0,
                    isLoopback: flags & UInt32(PCAP_IF_LOOPBACK) != 0))
            unsafe next = entry.pointee.next
        }
        return devices
    }

    /// The link types that the device can give, its own first. This opens the device, which needs the privilege to
    /// capture.
    public func linkTypes() throws(CaptureError) -> [LinkType] {
        try CaptureHandle(interface: name).linkTypes()
    }
}

extension CaptureHandle {
    /// The link types that this interface can give, the present one first.
    func linkTypes() -> [LinkType] {
        let others = withHandle { handle -> [LinkType] in
            var list: UnsafeMutablePointer<Int32>?
            let count = unsafe pcap_list_datalinks(handle, &list)
            defer { unsafe pcap_free_datalinks(list) }
            guard count > 0, let list = unsafe list else { return [] }
            return unsafe UnsafeBufferPointer(start: list, count: Int(count)).map {
                LinkType(device: $0)
            }
        }
        return [linkType] + (others ?? []).filter { $0 != linkType }
    }
}
