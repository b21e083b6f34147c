/// What this tool calls itself in reports and captures.
public enum ToolVersion {
    public static let name = "stallpoint"
    public static let current = "0.1.0"
}
