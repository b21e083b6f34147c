import PacketWire
import StallpointTestKit

/// Frames of the shape that nearly all have, and what becomes of them on the way.
enum PlainFrames {
    static func segment(
        _ family: IPFamily, _ flags: TCPFlags, options: [TCPOption] = [], payload: [UInt8] = [1, 2, 3]
    ) -> [UInt8] {
        let one = IPAddress(family == .v4 ? "198.51.100.2" : "2001:db8:1::2")!
        let other = IPAddress(family == .v4 ? "203.0.113.10" : "2001:db8:5::10")!
        let header = TCPHeader(from: 40_000, to: 443, flags, sequenceNumber: 7, acknowledgementNumber: 9)
        let link = FrameBuilder.Link.ethernet(
            from: MACAddress(rawValue: 0x0200_0000_0001), to: MACAddress(rawValue: 0x0200_0000_0002))
        return FrameBuilder(link, from: one, to: other).tcp(header, options: options, payload: payload)
    }

    /// Each byte of a frame with each value it can have.
    static func changed(_ good: [UInt8], _ look: (_ frame: [UInt8], _ note: String) -> Void) {
        for place in good.indices {
            for value in UInt8.min...UInt8.max {
                var frame = good
                frame[place] = value
                look(frame, "byte \(place) is \(value)")
            }
        }
    }
}
