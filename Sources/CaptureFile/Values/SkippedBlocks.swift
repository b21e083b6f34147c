/// Blocks of pcapng that hold no packet and are not needed to read one.
public struct SkippedBlocks: Hashable, Sendable {
    /// Keys for encrypted traffic. They are skipped unread and never shown.
    public internal(set) var decryptionSecrets = 0
    /// Entries of a systemd journal.
    public internal(set) var journalEntries = 0
    /// Blocks whose content only their maker knows.
    public internal(set) var custom = 0
    /// Types without a meaning here.
    public internal(set) var unknown = 0

    public init() {}
}
