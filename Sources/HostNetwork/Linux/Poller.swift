#if os(Linux)
    internal import CHostNetwork
    internal import Glibc

    /// Waits for many descriptors at once: epoll(7), level-triggered.
    public final class Poller {
        public struct Event: Sendable, Hashable {
            public var token: UInt64
            public var isReadable: Bool
            public var isWritable: Bool
            /// An error or a hang-up is pending.
            public var hasFailed: Bool
        }

        private let descriptor: Int32
        private var ready = [chn_event](repeating: chn_event(), count: 128)

        public init() throws(SystemCallError) {
            descriptor = chn_epoll_create()
            guard descriptor >= 0 else { throw SystemCallError("epoll_create1", errno: errno) }
        }

        deinit { close(descriptor) }

        public func add(
            _ watched: Int32, token: UInt64, readable: Bool = true, writable: Bool = false
        ) throws(SystemCallError) {
            guard chn_epoll_set(descriptor, watched, token, readable ? 1 : 0, writable ? 1 : 0, 1) == 0 else {
                throw SystemCallError("epoll_ctl", errno: errno)
            }
        }

        public func change(_ watched: Int32, token: UInt64, readable: Bool, writable: Bool) {
            _ = chn_epoll_set(descriptor, watched, token, readable ? 1 : 0, writable ? 1 : 0, 0)
        }

        public func remove(_ watched: Int32) {
            _ = chn_epoll_remove(descriptor, watched)
        }

        /// Waits at most so long (nil: for ever) and hands over what is ready; an interrupted wait is an empty one.
        public func wait(nanoseconds: Int64?, _ body: (Event) -> Void) {
            let count = unsafe ready.withUnsafeMutableBufferPointer { buffer in
                unsafe chn_epoll_wait(descriptor, buffer.baseAddress, Int32(buffer.count), max(-1, nanoseconds ?? -1))
            }
            guard count > 0 else { return }
            for event in ready.prefix(Int(count)) {
                body(
                    Event(
                        token: event.token, isReadable: event.events & chn_epoll_readable() != 0,
                        isWritable: event.events & chn_epoll_writable() != 0,
                        hasFailed: event.events & chn_epoll_failed() != 0))
            }
        }
    }
#endif
