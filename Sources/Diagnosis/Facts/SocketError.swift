/// One error of the socket interface, by the name that every Unix shares, with its numbers.
///
/// Numbers differ between systems, names do not: the diagnosis speaks in names. The Winsock code is the one
/// that a Windows program shows for the same event (Winsock2.h), because tickets quote it.
public struct SocketError: Sendable, Hashable, CustomStringConvertible {
    public var name: String
    /// As this system counts; nil where the name is known from elsewhere.
    public var number: Int32?
    public var winsockName: String?
    public var winsockNumber: Int?
    /// What the system's text says, in our words.
    public var meaning: String

    /// The error that a Linux kernel calls `number` (include/uapi/asm-generic/errno.h).
    public init(linux number: Int32) {
        self.init(Self.table.first { $0.linux == number }, number)
    }

    /// The error that a Darwin kernel calls `number` (bsd/sys/errno.h).
    public init(darwin number: Int32) {
        self.init(Self.table.first { $0.darwin == number }, number)
    }

    private init(_ row: Row?, _ number: Int32) {
        name = row?.name ?? "errno \(number)"
        self.number = number
        winsockName = row?.winsock.map(\.0)
        winsockNumber = row?.winsock.map(\.1)
        meaning = row?.meaning ?? "unknown error"
    }

    /// `ECONNREFUSED (111, WSAECONNREFUSED 10061)`.
    public var description: String {
        let winsock = winsockName.flatMap { name in winsockNumber.map { "\(name) \($0)" } }
        let codes = [number.map(String.init), winsock].compactMap(\.self)
        return codes.isEmpty ? name : "\(name) (\(codes.joined(separator: ", ")))"
    }

    /// Same event, whatever the numbers.
    public func isNamed(_ names: String...) -> Bool { names.contains(name) }

    private struct Row {
        var name: String
        var linux: Int32
        var darwin: Int32
        var winsock: (String, Int)?
        var meaning: String
    }

    private static let table: [Row] = [
        Row(name: "EPERM", linux: 1, darwin: 1, winsock: ("WSAEACCES", 10013), meaning: "operation not permitted"),
        Row(name: "EINTR", linux: 4, darwin: 4, winsock: ("WSAEINTR", 10004), meaning: "interrupted"),
        Row(name: "EIO", linux: 5, darwin: 5, winsock: nil, meaning: "input/output error"),
        Row(name: "EBADF", linux: 9, darwin: 9, winsock: ("WSAEBADF", 10009), meaning: "bad descriptor"),
        Row(name: "EAGAIN", linux: 11, darwin: 35, winsock: ("WSAEWOULDBLOCK", 10035), meaning: "would block"),
        Row(name: "ENOMEM", linux: 12, darwin: 12, winsock: ("WSA_NOT_ENOUGH_MEMORY", 8), meaning: "out of memory"),
        Row(name: "EACCES", linux: 13, darwin: 13, winsock: ("WSAEACCES", 10013), meaning: "permission denied"),
        Row(name: "ENODEV", linux: 19, darwin: 19, winsock: nil, meaning: "no such device"),
        Row(name: "EINVAL", linux: 22, darwin: 22, winsock: ("WSAEINVAL", 10022), meaning: "invalid argument"),
        Row(
            name: "EMFILE", linux: 24, darwin: 24, winsock: ("WSAEMFILE", 10024),
            meaning: "too many open descriptors"),
        Row(name: "EPIPE", linux: 32, darwin: 32, winsock: nil, meaning: "broken pipe"),
        Row(name: "EPROTO", linux: 71, darwin: 100, winsock: nil, meaning: "protocol error"),
        Row(
            name: "ENOTSOCK", linux: 88, darwin: 38, winsock: ("WSAENOTSOCK", 10038), meaning: "not a socket"),
        Row(
            name: "EDESTADDRREQ", linux: 89, darwin: 39, winsock: ("WSAEDESTADDRREQ", 10039),
            meaning: "destination address required"),
        Row(
            name: "EMSGSIZE", linux: 90, darwin: 40, winsock: ("WSAEMSGSIZE", 10040), meaning: "message too long"),
        Row(
            name: "ENOPROTOOPT", linux: 92, darwin: 42, winsock: ("WSAENOPROTOOPT", 10042),
            meaning: "protocol not available"),
        Row(
            name: "EPROTONOSUPPORT", linux: 93, darwin: 43, winsock: ("WSAEPROTONOSUPPORT", 10043),
            meaning: "protocol not supported"),
        Row(
            name: "EOPNOTSUPP", linux: 95, darwin: 102, winsock: ("WSAEOPNOTSUPP", 10045),
            meaning: "operation not supported"),
        Row(
            name: "EAFNOSUPPORT", linux: 97, darwin: 47, winsock: ("WSAEAFNOSUPPORT", 10047),
            meaning: "address family not supported"),
        Row(
            name: "EADDRINUSE", linux: 98, darwin: 48, winsock: ("WSAEADDRINUSE", 10048),
            meaning: "address already in use"),
        Row(
            name: "EADDRNOTAVAIL", linux: 99, darwin: 49, winsock: ("WSAEADDRNOTAVAIL", 10049),
            meaning: "no such address here, or no free port"),
        Row(
            name: "ENETDOWN", linux: 100, darwin: 50, winsock: ("WSAENETDOWN", 10050), meaning: "network is down"),
        Row(
            name: "ENETUNREACH", linux: 101, darwin: 51, winsock: ("WSAENETUNREACH", 10051),
            meaning: "network is unreachable"),
        Row(
            name: "ENETRESET", linux: 102, darwin: 52, winsock: ("WSAENETRESET", 10052),
            meaning: "connection dropped on network reset"),
        Row(
            name: "ECONNABORTED", linux: 103, darwin: 53, winsock: ("WSAECONNABORTED", 10053),
            meaning: "connection aborted on this side"),
        Row(
            name: "ECONNRESET", linux: 104, darwin: 54, winsock: ("WSAECONNRESET", 10054),
            meaning: "connection reset by the other side"),
        Row(
            name: "ENOBUFS", linux: 105, darwin: 55, winsock: ("WSAENOBUFS", 10055), meaning: "no buffer space"),
        Row(
            name: "EISCONN", linux: 106, darwin: 56, winsock: ("WSAEISCONN", 10056), meaning: "already connected"),
        Row(
            name: "ENOTCONN", linux: 107, darwin: 57, winsock: ("WSAENOTCONN", 10057), meaning: "not connected"),
        Row(
            name: "ESHUTDOWN", linux: 108, darwin: 58, winsock: ("WSAESHUTDOWN", 10058), meaning: "shut down"),
        Row(
            name: "ETIMEDOUT", linux: 110, darwin: 60, winsock: ("WSAETIMEDOUT", 10060),
            meaning: "no answer in time"),
        Row(
            name: "ECONNREFUSED", linux: 111, darwin: 61, winsock: ("WSAECONNREFUSED", 10061),
            meaning: "connection refused"),
        Row(
            name: "EHOSTDOWN", linux: 112, darwin: 64, winsock: ("WSAEHOSTDOWN", 10064), meaning: "host is down"),
        Row(
            name: "EHOSTUNREACH", linux: 113, darwin: 65, winsock: ("WSAEHOSTUNREACH", 10065),
            meaning: "host is unreachable"),
        Row(
            name: "EALREADY", linux: 114, darwin: 37, winsock: ("WSAEALREADY", 10037), meaning: "already under way"),
        Row(
            name: "EINPROGRESS", linux: 115, darwin: 36, winsock: ("WSAEINPROGRESS", 10036), meaning: "under way"),
        Row(name: "ENONET", linux: 64, darwin: -1, winsock: nil, meaning: "machine is not on the network"),
    ]
}
