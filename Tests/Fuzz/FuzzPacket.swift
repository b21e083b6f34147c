@testable import PacketWire

/// The fuzzer's entry for single frames.
///
/// The first two bytes choose the link type and how much the frame claims to have been; the rest is the frame.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzPacket(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    guard let start, count >= 2 else { return 0 }
    let input = Array(UnsafeBufferPointer(start: start, count: count))
    let linkTypes: [UInt32] = [1, 101, 113, 276, 0, 108, 9, 12, 14, 50, 51, 228, 229]
    let linkType = LinkType(rawValue: linkTypes[Int(input[0]) % linkTypes.count])
    let frame = Array(input[2...])
    let originalLength = frame.count + (input[1] & 1 == 0 ? 0 : Int(input[1]) * 512)
    check(Packet.decode(frame.span, linkType: linkType, originalLength: originalLength), frame)
    check(Packet.decode(frame.span, networkLayerAt: Int(input[1]), originalLength: originalLength), frame)
    return 0
}

/// What every packet must hold, and everything that is computed from one.
private func check(_ packet: Packet, _ frame: [UInt8]) {
    precondition(packet.payload.lowerBound >= 0 && packet.payload.upperBound <= frame.count)
    precondition(packet.payloadLengthOnWire >= 0 && packet.transportLengthOnWire >= 0)
    precondition(packet.network != nil || packet.transport == nil)
    precondition(!packet.summary.isEmpty)
    _ = packet.checksums(in: frame.span)
    _ = packet.networkBytes(of: frame)
    _ = packet.anomalies.description
    _ = packet.stop?.description
    _ = packet.flow?.description
    _ = packet.hashValue
    if let range = packet.tcpOptionsRange { checkOptions(frame, range) }
    guard let icmp = packet.icmp else { return }
    if let quoted = icmp.quoted {
        precondition(quoted.range.upperBound <= frame.count)
        if let range = quoted.tcpOptionsRange { checkOptions(frame, range) }
    }
    if let extensions = icmp.extensions(in: frame.span) {
        var bytes: [UInt8] = []
        extensions.encode(into: &bytes)
        precondition(bytes.count % 4 == 0 || extensions.objects.count > 0)
    }
}

/// What is read of a list is written back as it was.
private func checkOptions(_ frame: [UInt8], _ range: Range<Int>) {
    var bytes: [UInt8] = []
    for option in TCPOption.list(in: frame.span, range) { option.encode(into: &bytes) }
    precondition(bytes == Array(frame[range.lowerBound..<range.lowerBound + bytes.count]))
}
