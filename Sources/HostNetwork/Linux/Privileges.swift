#if os(Linux)
    internal import CHostNetwork
    internal import Glibc

    /// What this process may do, and how it gives that up.
    public struct Privileges: Sendable, Hashable {
        /// include/uapi/linux/capability.h
        public enum Capability: Int, Sendable, CaseIterable {
            case dacOverride = 1
            case netBindService = 10
            case netAdmin = 12
            case netRaw = 13
            case sysAdmin = 21
            case perfmon = 38
            case bpf = 39
        }

        public var effectiveUser: UInt32
        public var effective: UInt64

        /// Of this process, now.
        public static func current() -> Privileges {
            var effective: UInt64 = 0
            var permitted: UInt64 = 0
            unsafe chn_get_capabilities(&effective, &permitted)
            return Privileges(effectiveUser: geteuid(), effective: effective)
        }

        public func has(_ capability: Capability) -> Bool { effective >> UInt64(capability.rawValue) & 1 == 1 }

        public var isRoot: Bool { effectiveUser == 0 }

        /// What was given up.
        public enum Dropped: Sendable, Hashable {
            /// There was nothing to give up.
            case nothing
            /// The process is now the user who called sudo.
            case becameUser(UInt32)
            /// The process stays who it is, without its capabilities.
            case capabilities
        }

        /// Gives up what was needed only to open the handles. Called before the first thread: some of it holds for
        /// the calling thread only.
        ///
        /// - Parameter staysUser: keep the user, because files of its own are still to be written; its capabilities
        ///   go all the same.
        @discardableResult
        public static func drop(
            keeping kept: [Capability] = [], staysUser: Bool = false
        ) throws(SystemCallError) -> Dropped {
            let mask = kept.reduce(0) { $0 | UInt64(1) << UInt64($1.rawValue) }
            let before = current()
            var (effective, permitted): (UInt64, UInt64) = (0, 0)
            unsafe chn_get_capabilities(&effective, &permitted)
            // What is permitted and asleep could be woken again.
            guard before.isRoot || before.effective != 0 || permitted != 0 else {
                _ = chn_set_no_new_privileges()
                return .nothing
            }
            if before.isRoot, !staysUser, kept.isEmpty, let caller = Caller.ofSudo, caller.user != 0 {
                guard chn_become(caller.user, caller.group) == 0 else {
                    throw SystemCallError("become user \(caller.user)", errno: errno)
                }
                _ = chn_set_no_new_privileges()
                return .becameUser(caller.user)
            }
            guard chn_limit_capabilities(mask) == 0 else { throw SystemCallError("drop capabilities", errno: errno) }
            _ = chn_set_no_new_privileges()
            return .capabilities
        }

        /// Whether files can still be made after `drop`, and as whom.
        public enum Place: Sendable, Hashable {
            /// As the user that `drop` makes this process, which is what it is for.
            case writable
            /// Only with `staysUser`: root's own folder.
            case writableByOwner
            case notWritable
        }

        /// Where files are to be made while the rights are gone already. Called before the first thread.
        public static func place(folder: String, file: String) -> Place {
            let before = current()
            func mayWrite(_ user: UInt32, _ group: UInt32, becomes: Bool) -> Bool {
                unsafe chn_may_write(folder, file, user, group, becomes ? 1 : 0) == 1
            }
            if before.isRoot, let caller = Caller.ofSudo, caller.user != 0 {
                if mayWrite(caller.user, caller.group, becomes: true) { return .writable }
                return mayWrite(0, 0, becomes: false) ? .writableByOwner : .notWritable
            }
            return mayWrite(0, 0, becomes: false) ? .writable : .notWritable
        }
    }
#endif
