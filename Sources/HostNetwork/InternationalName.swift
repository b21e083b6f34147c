import CHostNetwork

/// Names in other scripts as DNS has them, in letters of ASCII: IDNA2008 (RFC 5891) with the mapping of UTS 46, as browsers
/// have it. The system's libidn2 does it where it is installed, as for the C library's own AI_IDN; it is loaded when such a
/// name is met, so that nothing has to be linked, or installed, for all others.
public enum InternationalName {
    /// The longest name (RFC 1035 section 2.3.4), and the zero behind it.
    private static let room = 256

    /// `xn--bcher-kva.example` for `bücher.example`; nil where the name is none, or there is no such library.
    public static func ascii(_ name: String) -> String? {
        var length: Int32 = -1
        let ascii = [CChar](unsafeUninitializedCapacity: room) { buffer, count in
            length = unsafe chn_ascii_name(name, buffer.baseAddress, UInt64(buffer.count))
            count = max(0, Int(length))
        }
        return length < 0 ? nil : String(decoding: ascii.lazy.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
}
