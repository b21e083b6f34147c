import PacketWire

/// Numbers for networks with addresses of their own (the networks of VXLAN, Geneve, NVGRE, 802.1ah): two tenants may
/// use the same addresses and ports, and are not one conversation. 0 is where the capture was made.
struct NetworkNumbers: Sendable {
    /// Networks beyond these share the last number.
    static let most = 4_096

    private var numbers: [[UInt64]: UInt16] = [:]
    /// Packets of one network come in runs.
    private var latest = (encapsulations: Encapsulations(), number: UInt16(0))

    @inline(__always)
    mutating func number(_ encapsulations: Encapsulations) -> UInt16 {
        encapsulations.total == 0 ? 0 : numberOfTunnelled(encapsulations)
    }

    @inline(never)
    private mutating func numberOfTunnelled(_ encapsulations: Encapsulations) -> UInt16 {
        if encapsulations == latest.encapsulations { return latest.number }
        let names = encapsulations.lazy.filter(\.namesNetwork)
            .map { UInt64($0.kind.rawValue) << 32 | UInt64($0.identifier ?? 0) }
        var number: UInt16 = 0
        if !names.isEmpty {
            let key = Array(names)
            number = numbers[key] ?? UInt16(min(numbers.count + 1, Self.most))
            if numbers.count < Self.most { numbers[key] = number }
        }
        latest = (encapsulations, number)
        return number
    }
}
