#if os(macOS)
    internal import Darwin

    /// What this process may do, and how it gives that up: on Darwin by user alone.
    public struct Privileges: Sendable, Hashable {
        public enum Capability: Int, Sendable, CaseIterable {
            case netBindService = 10
            case netRaw = 13
        }

        public var effectiveUser: UInt32

        public static func current() -> Privileges { Privileges(effectiveUser: geteuid()) }

        public func has(_ capability: Capability) -> Bool { isRoot }

        public var isRoot: Bool { effectiveUser == 0 }

        public enum Dropped: Sendable, Hashable {
            case nothing
            case becameUser(UInt32)
            case capabilities
        }

        /// Becomes the user who called sudo. Without one, or where root's own files are still to be written, there
        /// is nothing that could be given up piece by piece.
        @discardableResult
        public static func drop(
            keeping kept: [Capability] = [], staysUser: Bool = false
        ) throws(SystemCallError) -> Dropped {
            guard current().isRoot, !staysUser, kept.isEmpty, let user = number("SUDO_UID"), user != 0,
                let group = number("SUDO_GID")
            else { return .nothing }
            guard unsafe setgroups(0, nil) == 0, setgid(group) == 0, setuid(user) == 0, geteuid() == user else {
                throw SystemCallError("become user \(user)", errno: errno)
            }
            return .becameUser(user)
        }

        private static func number(_ variable: String) -> UInt32? {
            guard let text = unsafe getenv(variable) else { return nil }
            return unsafe UInt32(String(cString: text))
        }
    }
#endif
