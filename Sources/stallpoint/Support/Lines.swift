/// Text that is read on a terminal: lines of 80 columns, as everywhere else in what is printed without a width.
enum Lines {
    static let columns = 80

    /// A label as it stands, and words behind it; what does not fit goes on below them.
    ///
    /// - Parameter label: of the same width in each line of a table.
    static func hanging(_ label: String, _ words: String) -> String {
        let margin = String(repeating: " ", count: label.count)
        var (text, line, isFirst) = ("", label, true)
        for word in words.split(separator: " ") {
            if !isFirst, line.count + 1 + word.count > columns {
                text += line + "\n"
                (line, isFirst) = (margin, true)
            }
            line += (isFirst ? "" : " ") + word
            isFirst = false
        }
        return text + line + "\n"
    }
}
