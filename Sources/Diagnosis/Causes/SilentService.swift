import PacketWire

/// A UDP service need not answer a datagram: open and filtered look the same. What silence means depends on whether the
/// service was asked its own question, and on whom it answers at all.
enum SilentService: Cause {
    static let phrase = "a service that stays silent"

    static func examine(_ observations: Observations) -> Finding? {
        guard case .silence = observations.symptom, observations.transport == .udp, observations.isLostOutside,
            observations.isAnswerDue || observations.facts.isToGroup,
            !observations.isStoppedShortOfHost
        else { return nil }
        if observations.facts.isToGroup { return group(observations) }
        let port = observations.facts.target.port
        let silence = observations.facts.service?.silence
        let oneWay = silence == nil ? OneWayService(port: port) : nil
        let meaning = silence?.meaning ?? oneWay?.meaning
        let known = silence?.advice ?? oneWay?.advice
        return Finding(
            phrase, .undetermined, stage: .handshake, mechanism: .noReply,
            zones: [.destination], confidence: .weak, afterHop: observations.path.lastAnswering,
            summary:
                "\(observations.triesPhrase) sent and nothing came back: the port may be open and silent, or filtered."
                + (meaning.map { " \($0)" } ?? "")
                + (observations.path.lastAnswering.map {
                    " The packets get at least as far as \(observations.phrase($0))."
                } ?? ""),
            advice: [
                known
                    ?? "Nobody can tell an open UDP port that stays silent from a filtered one by silence alone.",
                "On the host: does tcpdump see the datagram, and does a service listen (ss -lunp 'sport = :\(port)')?",
            ],
            whyNotExcluded: meaning ?? "many UDP services ignore datagrams that are not in their protocol",
            experiment: known ?? "send what the service would answer, or look on the host")
    }

    /// Who answers a question to all does it from an address of his own, and often nobody does.
    private static func group(_ observations: Observations) -> Finding {
        Finding(
            phrase, .undetermined, stage: .handshake, mechanism: .noReply, zones: [.destination], confidence: .weak,
            summary:
                "\(observations.triesPhrase) sent to all who listen (multicast or broadcast): nobody owes an answer, and whoever gives one does it from an address of his own.",
            advice: ["Look for datagrams that come to the port it was sent from, whoever sends them."])
    }
}
