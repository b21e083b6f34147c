import Conversations
import PacketWire
import Testing

@testable import Diagnosis

/// Handshakes that complete although the host has no part in them.

/// An open attempt whose SYN came back with that number before it was answered.
private func crossed(number: UInt32, purpose: Attempt.Purpose = .primary) -> HandmadeFacts {
    var made = HandmadeFacts.answered()
    let own = made.facts.attempts[0].packets[0]
    let ports = own.tcp!
    let header = TCPHeader(
        from: ports.destinationPort, to: ports.sourcePort, .syn, sequenceNumber: number)
    made.facts.attempts[0].packets.insert(
        SeenPacket(
            frame: 90, at: own.at + .milliseconds(1), fromInitiator: false, source: HandmadeFacts.host, timeToLive: 58,
            identification: nil, kind: .tcp(header, payloadLength: 0)), at: 1)
    return made
}

private let cases: [CauseCase] = [
    .gives(Reflected.self, "the SYN itself comes back", .interfered, "came back to it", crossed(number: 1_000)),
    .spares(Reflected.self, "the host opens at the same moment", .open, crossed(number: 5_000)),
    .spares(Reflected.self, "nothing crosses", .open, .answered()),
]

@Test("A SYN that comes back is told from one that crosses it", arguments: cases)
func crossingSYNs(_ item: CauseCase) { item.check() }

/// A connection that is reset at once after its acknowledgement.
private func reset(
    _ flags: TCPFlags, number: UInt32, timeToLive: UInt8 = 61, echo: UInt8? = nil
) -> TargetDiagnosis {
    var made = HandmadeFacts.answered()
    if let echo { made.add(.control, to: .echo, at: 20, .echo(echo)) }
    var facts = made.facts
    let answer = facts.attempts[0].packets.first { !$0.fromInitiator }!
    let header = TCPHeader(
        from: answer.tcp!.sourcePort, to: answer.tcp!.destinationPort, flags, sequenceNumber: number,
        acknowledgementNumber: flags.contains(.ack) ? 1_001 : 0)
    let at = answer.at + .milliseconds(5)
    facts.attempts[0].packets.append(
        SeenPacket(
            frame: 91, at: at, fromInitiator: false, source: HandmadeFacts.host, timeToLive: timeToLive,
            identification: nil, kind: .tcp(header, payloadLength: 0)))
    facts.attempts[0].socket?.aftermath = .reset(at: at, SocketError(linux: 104), bytesBefore: 0)
    return facts.diagnose()
}

@Test(
    "Who resets what it knows acknowledges it; a bare reset to an acknowledgement says that the host knows nothing of it"
)
func bareResets() {
    let known = reset([.rst, .ack], number: 5_001)
    #expect(known.zones == [.destination] && known.confidence == .strong, "\(known.summary)")
    // Another SYN-ACK than the host's own, or a rule of the host: the number is our acknowledgement's.
    let unknown = reset(.rst, number: 5_001)
    #expect(Set(unknown.zones) == [.destination, .path, .returnPath] && unknown.confidence == .likely)
    #expect(unknown.mechanism == .tcpReset && unknown.summary.contains("knows no such connection"))
    #expect(reset(.rst, number: 5_001, timeToLive: 63).zones == [.path])
    #expect(reset(.rst, number: 7).zones == [.destination])
}

@Test(
    "A reset from the place of the host's own answers, before that of the SYN-ACK, may be of whoever hands the port on",
    arguments: [
        // The SYN-ACK comes with a TTL of 61; the echo with this one, or not at all.
        (62, nil, [Zone.destination, .path]), (62, 62, [.destination, .path]), (62, 61, [.path]), (63, nil, [.path]),
        (60, nil, [.destination, .path]),
    ] as [(UInt8, UInt8?, [Zone])])
func resetsOfHolders(_ timeToLive: UInt8, _ echo: UInt8?, _ zones: [Zone]) {
    let found = reset([.rst, .ack], number: 5_001, timeToLive: timeToLive, echo: echo)
    #expect(found.zones == zones && found.mechanism == .tcpReset, "\(found.summary)")
    #expect(found.confidence == (zones == [.path] ? .strong : .likely))
}
