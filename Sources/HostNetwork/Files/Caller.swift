#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// The person who started this process through sudo.
public struct Caller: Sendable, Hashable {
    public var user: UInt32
    public var group: UInt32

    /// Nil where nobody did. 2^32 - 1 is no user: chown(2) and setresuid(2) take it for "leave it as it is".
    public static var ofSudo: Caller? {
        guard let user = number("SUDO_UID"), let group = number("SUDO_GID") else { return nil }
        return Caller(user: user, group: group)
    }

    private static func number(_ variable: String) -> UInt32? {
        guard let text = unsafe getenv(variable) else { return nil }
        let number = unsafe UInt32(String(cString: text))
        return number == .max ? nil : number
    }
}
