import PacketWire

/// What comes so slowly that nobody waits for its end, though it never stops.
public enum Trickle {
    /// Bytes a second: a modem of 1980 was faster.
    private static let slowestOfUse: Int64 = 50

    /// - Parameter bytes: all that came in that time.
    public static func isOne(_ bytes: Int64, in span: TimeSpan) -> Bool {
        bytes < Int64(span.seconds) * slowestOfUse
    }
}
