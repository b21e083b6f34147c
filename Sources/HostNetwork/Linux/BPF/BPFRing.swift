#if os(Linux)
    internal import CHostNetwork
    internal import Glibc

    /// The reader's end of a BPF ring buffer (Documentation/bpf/ringbuf.rst): shared memory, and a descriptor that a
    /// poll loop watches.
    ///
    /// Two positions only ever grow. What lies between them is unread; each record bears its length in front, with a
    /// bit that says that it is still being written. The data is mapped twice in a row, so that no record is broken.
    final class BPFRing {
        private let map: BPFObject
        private let size: Int
        private let page: Int
        private let consumer: UnsafeMutableRawPointer
        private let producer: UnsafeMutableRawPointer
        /// The ring was full at some time: records that came then are lost.
        private(set) var wasFull = false

        var descriptor: Int32 { map.descriptor }

        /// - Parameter size: a power of two, and whole pages.
        init(size: Int) throws(SystemCallError) {
            map = try .ringBuffer(bytes: size)
            self.size = size
            page = sysconf(Int32(_SC_PAGESIZE))
            let own = unsafe mmap(nil, page, PROT_READ | PROT_WRITE, MAP_SHARED, map.descriptor, 0)
            guard let own = unsafe own, unsafe own != MAP_FAILED else {
                throw SystemCallError("map a BPF ring buffer", errno: errno)
            }
            let theirs = unsafe mmap(nil, page + 2 * size, PROT_READ, MAP_SHARED, map.descriptor, page)
            guard let theirs = unsafe theirs, unsafe theirs != MAP_FAILED else {
                let number = errno
                unsafe munmap(own, page)
                throw SystemCallError("map a BPF ring buffer", errno: number)
            }
            unsafe consumer = own
            unsafe producer = theirs
        }

        deinit {
            unsafe munmap(consumer, page)
            unsafe munmap(producer, page + 2 * size)
        }

        /// Hands over the records that are complete, oldest first; at most as many as fit into the ring.
        ///
        /// - Parameter expected: the length that every record has; another one ends the reading.
        func read(expected: Int, _ body: (RawSpan) -> Void) {
            var position = unsafe chn_acquire_64(consumer)
            let end = unsafe chn_acquire_64(producer)
            let step = UInt64((8 + expected + 7) & ~7)
            let unread = end &- position
            guard unread <= UInt64(size) else { return }
            if unread > UInt64(size) - step { wasFull = true }
            while position != end {
                // The record's length, its upper two bits apart (BPF_RINGBUF_BUSY_BIT, BPF_RINGBUF_DISCARD_BIT).
                let record = unsafe producer + page + Int(position & UInt64(size - 1))
                let header = unsafe chn_acquire_32(record)
                guard header >> 31 == 0 else { break }
                guard Int(header & 0x3FFF_FFFF) == expected else {
                    wasFull = true
                    break
                }
                if header >> 30 & 1 == 0 {
                    let buffer = unsafe UnsafeRawBufferPointer(start: record + 8, count: expected)
                    body(unsafe buffer.bytes)
                }
                position &+= step
                unsafe chn_release_64(consumer, position)
            }
        }
    }
#endif
