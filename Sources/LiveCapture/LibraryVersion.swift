internal import CPcap

/// The capture library behind this module.
public enum LibraryVersion {
    /// As libpcap words it: `libpcap version 1.10.3 (with TPACKET_V3)`.
    public static var pcap: String {
        unsafe String(cString: pcap_lib_version())
    }
}
