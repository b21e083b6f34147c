/// Who wrote a part of a pcapng file: its section header. A pcap file counts as one section that says nothing.
public struct CaptureSection: Hashable, Sendable {
    public var hardware: String?
    public var operatingSystem: String?
    public var application: String?
    public var comments: [String]

    public init(
        hardware: String? = nil, operatingSystem: String? = nil, application: String? = nil, comments: [String] = []
    ) {
        self.hardware = hardware
        self.operatingSystem = operatingSystem
        self.application = application
        self.comments = comments
    }
}
