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
            guard current().isRoot, !staysUser, kept.isEmpty, let caller = Caller.ofSudo, caller.user != 0 else {
                return .nothing
            }
            guard unsafe setgroups(0, nil) == 0, setgid(caller.group) == 0, setuid(caller.user) == 0,
                geteuid() == caller.user
            else { throw SystemCallError("become user \(caller.user)", errno: errno) }
            return .becameUser(caller.user)
        }

        /// Whether files can still be made after `drop`, and as whom.
        public enum Place: Sendable, Hashable {
            case writable
            case writableByOwner
            case notWritable
        }

        /// Where the caller of sudo may not write, root stays root, which here may write everywhere.
        public static func place(folder: String, file: String) -> Place {
            guard current().isRoot, let caller = Caller.ofSudo, caller.user != 0 else { return .writable }
            var status = stat()
            guard unsafe stat(folder, &status) == 0 else { return .notWritable }
            return status.st_uid == caller.user ? .writable : .writableByOwner
        }
    }
#endif
