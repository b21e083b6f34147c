public import PacketWire

extension Flow {
    /// Whether `quoted` can be this flow after address translation: one of its ends, or both of its ports, is still
    /// what it was. Alone it proves nothing; beside an initial sequence number it does.
    public func isRewritten(as quoted: Flow) -> Bool {
        guard quoted.transport == transport else { return false }
        if quoted.source == source || quoted.destination == destination { return true }
        return quoted.source.port == source.port && quoted.destination.port == destination.port
    }
}
