/// Words of lower-case ASCII, looked for all at once, whatever the case of the letters.
///
/// Text is looked at in windows of four bytes, and not at each place: wherever a word stands, one of its first windows
/// falls on a place that is looked at, as long as the step is no larger than the shortest word has windows. Few windows of
/// a page are one of those, and there the word itself is compared.
struct SoughtWords {
    private var letters: [UInt8] = []
    private var words: [(range: Range<Int>, value: Int)] = []
    /// A word, and how far behind its beginning the window stands, those with equal slots side by side.
    private var candidates: [(word: Int, offset: Int)] = []
    /// Where the candidates of each slot begin; they end where those of the next begin.
    private var slots: [UInt16] = Array(repeating: 0, count: SoughtWords.slotCount + 1)
    private let step: Int

    private static let window = 4
    private static let slotCount = 4_096

    /// - Parameter given: words of at least four letters, and what each stands for.
    init(_ given: [(String, Int)]) {
        let spelled = given.map { (Array($0.0.utf8), $0.1) }
        step = Swift.max(1, (spelled.map(\.0.count).min() ?? 0) - Self.window + 1)
        var places: [(slot: Int, word: Int, offset: Int)] = []
        for (word, value) in spelled where word.count >= Self.window {
            for offset in 0..<step {
                places.append((Self.slot(of: word.span, at: offset), words.count, offset))
            }
            words.append((letters.count..<letters.count + word.count, value))
            letters += word
        }
        places.sort { $0.slot < $1.slot }
        candidates = places.map { ($0.word, $0.offset) }
        for place in places { slots[place.slot + 1] += 1 }
        for slot in 0..<Self.slotCount { slots[slot + 1] += slots[slot] }
    }

    /// Letters differ from their other case in one bit, which is set; a sign that gets another by that is told apart where
    /// the word itself is compared.
    @inline(__always)
    private static func slot(of text: Span<UInt8>, at place: Int) -> Int {
        let folded = text.extracting(place..<place &+ window).uint32(at: 0) | 0x2020_2020
        return Int(truncatingIfNeeded: (folded &* 0x9E37_79B1) >> 20)
    }

    /// The least value of all words that stand in one of the texts.
    ///
    /// - Parameter longest: so much of each text is looked at.
    func first(in texts: [[UInt8]], longest: Int) -> Int? {
        texts.compactMap { text in
            let bytes = text.span
            return first(in: bytes.extracting(first: longest))
        }.min()
    }

    /// The least value of all words that stand in the text.
    func first(in text: Span<UInt8>) -> Int? {
        var least: Int?
        let (slots, candidates) = (slots.span, candidates.span)
        var place = 0
        while place &+ Self.window <= text.count {
            let slot = Self.slot(of: text, at: place)
            let (from, to) = (Int(slots[slot]), Int(slots[slot &+ 1]))
            if from != to {
                for index in from..<to {
                    let (word, offset) = candidates[index]
                    guard place >= offset, words[word].value < least ?? .max else { continue }
                    if text.says(letters.span.extracting(words[word].range), at: place &- offset) {
                        least = words[word].value
                    }
                }
            }
            place &+= step
        }
        return least
    }
}

extension Span where Element == UInt8 {
    fileprivate func says(_ word: Span<UInt8>, at place: Int) -> Bool {
        guard count &- place >= word.count else { return false }
        for index in 0..<word.count where self[place &+ index].inLowerCase != word[index] { return false }
        return true
    }
}
