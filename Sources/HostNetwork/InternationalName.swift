#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Names in other scripts as DNS has them, in letters of ASCII: IDNA2008 (RFC 5891) with the mapping of UTS 46, as browsers
/// have it. The system's libidn2 does it where it is installed, as for the C library's own AI_IDN; it is loaded when such a
/// name is met, so that nothing has to be linked, or installed, for all others.
public enum InternationalName {
    /// `xn--bcher-kva.example` for `bücher.example`; nil where the name is none, or there is no such library.
    public static func ascii(_ name: String) -> String? {
        guard let convert, let free else { return nil }
        var output: UnsafeMutablePointer<CChar>?
        // IDN2_NFC_INPUT and IDN2_NONTRANSITIONAL of idn2.h; 0 is IDN2_OK.
        guard unsafe convert(name, &output, 1 | 8) == 0, let found = unsafe output else { return nil }
        defer { unsafe free(found) }
        return unsafe String(cString: found)
    }

    private typealias Convert =
        @convention(c) (
            UnsafePointer<CChar>, UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>, CInt
        ) -> CInt
    private typealias Free = @convention(c) (UnsafeMutableRawPointer) -> Void

    private static let convert = unsafe symbol("idn2_to_ascii_8z").map { unsafe unsafeBitCast($0, to: Convert.self) }
    private static let free = unsafe symbol("idn2_free").map { unsafe unsafeBitCast($0, to: Free.self) }

    private static func symbol(_ name: String) -> UnsafeMutableRawPointer? {
        guard let library = unsafe dlopen("libidn2.so.0", RTLD_NOW) else { return nil }
        return unsafe dlsym(library, name)
    }
}
