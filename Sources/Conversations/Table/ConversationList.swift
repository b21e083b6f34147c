/// The conversations of a table, each made when it is asked for.
public struct ConversationList: RandomAccessCollection, Sendable {
    let table: ConversationTable

    public var startIndex: Int { 0 }
    public var endIndex: Int { table.tracks.count }

    public subscript(position: Int) -> Conversation { table.conversation(at: position) }
}

extension ConversationTable {
    public func conversation(at position: Int) -> Conversation {
        let track = tracks[position]
        return Conversation(
            track, packets: arena.packets(from: track.first, count: Int(track.kept), of: track.subject),
            analysis: track.analysis == PacketArena.none ? nil : analyses[track.analysis])
    }

    public func subject(at position: Int) -> Conversation.Subject { tracks[position].subject }
}
