#if os(Linux)
    internal import CHostNetwork
    internal import PacketWire

    /// What one call of recvmsg() gives: the bytes, who sent them and with how much left of its time to live.
    struct ReceivedMessage {
        var bytes: [UInt8]
        /// Nil where the socket is connected.
        var sender: IPAddress?
        var timeToLive: UInt8?

        /// Nil where there is none, errno says why.
        ///
        /// - Parameter most: bytes; what is behind them in a datagram is lost.
        init?(from descriptor: Int32, most: Int) {
            var buffer = [UInt8](repeating: 0, count: most)
            var left: Int32 = -1
            var source = [UInt8](repeating: 0, count: 16)
            var family: UInt8 = 0
            let count = unsafe buffer.withUnsafeMutableBytes { bytes in
                unsafe source.withUnsafeMutableBufferPointer { address in
                    unsafe chn_receive(
                        descriptor, bytes.baseAddress, UInt64(bytes.count), &left, address.baseAddress, &family)
                }
            }
            guard count >= 0 else { return nil }
            bytes = Array(buffer.prefix(Int(count)))
            sender = unsafe source.withUnsafeBytes { unsafe IPAddress(family, $0) }
            timeToLive = left >= 0 ? UInt8(clamping: left) : nil
        }
    }
#endif
