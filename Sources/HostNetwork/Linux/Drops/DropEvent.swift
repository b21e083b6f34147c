#if os(Linux)
    /// What the drop program wrote, read back.
    struct DropEvent: Hashable {
        var at: Int64
        var place: UInt64
        var reason: UInt32
        var interface: UInt32
        var bytes: [UInt8]

        /// Nil for a record of another size, or one whose length says more than it holds.
        init?(_ record: RawSpan) {
            typealias Event = DropProgram.Event
            guard record.byteCount == Event.size else { return nil }
            let length = Int(unsafe record.unsafeLoad(fromByteOffset: Event.length, as: UInt32.self))
            guard length <= Event.mostBytes else { return nil }
            at = unsafe record.unsafeLoad(fromByteOffset: Event.at, as: Int64.self)
            place = unsafe record.unsafeLoad(fromByteOffset: Event.place, as: UInt64.self)
            reason = unsafe record.unsafeLoad(fromByteOffset: Event.reason, as: UInt32.self)
            interface = unsafe record.unsafeLoad(fromByteOffset: Event.interface, as: UInt32.self)
            bytes = (0..<length).map {
                unsafe record.unsafeLoad(fromByteOffset: Event.bytes + $0, as: UInt8.self)
            }
        }
    }
#endif
