import Conversations
import PacketWire

extension Attempt {
    /// Tries of its own that this machine dropped on their way out.
    var outgoingDrops: [KernelDrop] {
        drops.filter { drop in
            drop.isOutgoing && drop.isOfThePacket && !drop.isICMP && (drop.flags?.contains(.syn) ?? true)
        }
    }
}

/// What the kernel's drops of the primary attempt's packets amount to.
extension Observations {
    /// Our own packets that this machine dropped on their way out: those that were tries, not the acknowledgement or
    /// the reset with which a connection ends.
    var outgoingDrops: [KernelDrop] { primary?.outgoingDrops ?? [] }

    /// Of those, how many the tap had seen before: it sits at the interface that the route names, and where that is a bridge
    /// or another device upon a device, packets are dropped on their way through the one below, too.
    var droppedBehindTap: Int {
        guard let tapped = facts.route?.interface else { return 0 }
        return outgoingDrops.count { drop in
            drop.kind != .unspecified && drop.interface.map { $0 != tapped } ?? false
        }
    }

    /// Answers that this machine dropped on their way in while somebody here was waiting for one. Whoever has given
    /// up has no socket any more, and what comes then is dropped for that.
    var incomingDrops: [KernelDrop] {
        guard let primary else { return [] }
        let end = primary.socket.flatMap { $0.state == .pending ? nil : $0.at } ?? Instant(nanoseconds: .max)
        return primary.drops.filter { !$0.isOutgoing && $0.isOfThePacket && $0.at < end }
    }

    /// The drop that explains why nothing came of the attempt: of the packet itself, or of the answer that somebody
    /// here was waiting for. A drop without which it would have stalled all the same, or in spite of which it got
    /// through, explains nothing.
    var decisiveDrop: KernelDrop? {
        switch symptom {
        case .silence:
            if isDroppedOnTheWayOut { return outgoingDrops.first { $0.kind != .unspecified } ?? outgoingDrops.first }
            guard case .pending = primary?.socket?.state else { return nil }
            // Only a reason that says what was wrong: an answer that nobody can take is dropped as well.
            return incomingDrops.first { $0.isAnswer(transport) && $0.kind != .unspecified }
        case .localError:
            guard isDroppedOnTheWayOut else { return nil }
            return outgoingDrops.first { $0.kind != .unspecified } ?? outgoingDrops.first
        case .unresolved, .reset, .refused, .circling, .answered, .broken:
            return nil
        }
    }

    /// How often that happened.
    func count(of drop: KernelDrop) -> Int {
        (primary?.drops ?? []).count { $0.reason == drop.reason && $0.isOutgoing == drop.isOutgoing }
    }

    /// `This machine drops the SYN on its way out, 3 times: NETFILTER_DROP in nft_do_chain.`
    func sentence(about drop: KernelDrop) -> String {
        let count = count(of: drop)
        return
            "This machine's kernel drops the \(drop.packetName(transport)) on \(drop.isOutgoing ? "its way out" : "the way in")"
            + (count == 1 ? "" : ", \(count) times") + ": \(drop.phrase)."
    }

    /// Every packet of the primary attempt ended in this machine, so nothing outside can be to blame: the kernel
    /// dropped as many as it sent, or it dropped some and none was seen at the tap.
    var isDroppedOnTheWayOut: Bool {
        guard !outgoingDrops.isEmpty, !leftThisMachine else { return false }
        if hasWire && !facts.capturedWithLoss { return true }
        // Without a capture the packets are counted: the kernel counts SYNs, and datagrams nobody counts but the one
        // whose sending fails.
        if transport == .udp {
            guard case .localError = symptom else { return false }
        }
        // On the way to itself a packet is also dropped as it arrives, and only a capture tells which it was.
        return !isLocalTarget && facts.kernel.watchesDrops && outgoingDrops.count >= tries
            && outgoingDrops.contains { $0.kind != .unspecified }
    }

    /// The drops of one packet after the other, those that are alike together.
    var dropEvidence: [Evidence] {
        guard let primary else { return [] }
        var counts: [(drop: KernelDrop, count: Int)] = []
        for drop in primary.drops where drop.isOfThePacket {
            if let index = counts.firstIndex(where: { $0.drop.isLike(drop) }) {
                counts[index].count += 1
            } else if counts.count < 6 {
                counts.append((drop, 1))
            }
        }
        return counts.map { drop, count in
            let location = [drop.place.map { "in \($0)" }, drop.interface.map { "at \($0)" }].compactMap(\.self)
            // To this machine itself, the way out and the way in are one.
            let way = isLocalTarget ? "" : " on the way \(drop.isOutgoing ? "out" : "in")"
            let times = count == 1 ? [] : ["\(count) times"]
            return Evidence(
                .kernel,
                "\(drop.packetName(transport)) dropped here\(way): \(drop.reason)",
                detail: (location + times).joined(separator: ", "))
        }
    }
}
