#if os(Linux)
    internal import Glibc

    /// The names of the kernel's functions, from /proc/kallsyms.
    ///
    /// Whether it shows addresses is decided when it is opened (kernel/kallsyms.c, kallsyms_open), so it is opened
    /// with privileges; it is read only when a name is wanted, because the kernel takes some time to write it.
    public final class KernelSymbols {
        private let descriptor: Int32
        /// What was asked before; nil is a place that has no name.
        private var known: [UInt64: String?] = [:]
        /// A run has few places, and each look costs time.
        private var looks = 0
        private static let mostLooks = 16
        private static let mostBytes = 1 << 26

        public init?() {
            descriptor = unsafe open("/proc/kallsyms", O_RDONLY | O_CLOEXEC)
            if descriptor < 0 { return nil }
        }

        deinit { close(descriptor) }

        /// The functions that these addresses lie in, as far as they are known.
        public func names(of places: Set<UInt64>) -> [UInt64: String] {
            let unknown = places.filter { known[$0] == nil }
            if !unknown.isEmpty, looks < Self.mostLooks {
                looks += 1
                var search = KernelSymbolSearch(unknown)
                read { search.add($0) }
                let found = search.finish()
                for place in unknown { known[place] = .some(found[place]) }
            }
            return places.reduce(into: [:]) { names, place in
                if let name = known[place] ?? nil { names[place] = name }
            }
        }

        private func read(_ body: (Span<UInt8>) -> Void) {
            guard lseek(descriptor, 0, SEEK_SET) == 0 else { return }
            var chunk = [UInt8](repeating: 0, count: 1 << 16)
            var total = 0
            while total < Self.mostBytes {
                let count = unsafe chunk.withUnsafeMutableBufferPointer { buffer in
                    unsafe Glibc.read(descriptor, buffer.baseAddress, buffer.count)
                }
                guard count > 0 else { return }
                total += count
                body(chunk.span.extracting(first: count))
            }
        }
    }

    /// Finds the function that each of a few addresses lies in, while the text goes by.
    ///
    /// A line is `ffffffff81000000 T name`, with `[module]` behind it where it is one's. The lines are not sorted.
    struct KernelSymbolSearch {
        private struct Best {
            var address: UInt64 = 0
            var name = ""
        }

        private let places: [UInt64]
        private var best: [Best]
        private var line: [UInt8] = []
        /// A function that begins further away than this is another one's neighbour, not the place's own.
        private static let longestFunction: UInt64 = 1 << 20

        init(_ places: some Sequence<UInt64>) {
            self.places = places.sorted()
            best = self.places.map { _ in Best() }
        }

        /// A piece of the text; lines may be cut anywhere.
        mutating func add(_ text: Span<UInt8>) {
            for index in 0..<text.count {
                let byte = text[index]
                if byte == UInt8(ascii: "\n") {
                    take()
                    line.removeAll(keepingCapacity: true)
                } else if line.count < 512 {
                    line.append(byte)
                }
            }
        }

        private mutating func take() {
            var address: UInt64 = 0
            var digits = 0
            while digits < line.count, let digit = Self.digit(line[digits]) {
                guard digits < 16 else { return }
                address = address << 4 | UInt64(digit)
                digits += 1
            }
            // `<address> <letter> <name>`: functions are t, T, w and W.
            guard digits > 0, address > 0, line.count > digits + 3, line[digits] == UInt8(ascii: " "),
                line[digits + 2] == UInt8(ascii: " "), "tTwW".utf8.contains(line[digits + 1])
            else { return }
            for index in places.indices {
                let place = places[index]
                guard address < place, place - address < Self.longestFunction, address > best[index].address else {
                    continue
                }
                let name = line[(digits + 3)...].prefix { $0 != UInt8(ascii: "\t") && $0 != UInt8(ascii: " ") }
                best[index] = Best(address: address, name: Self.printable(name))
            }
        }

        /// The name of each place that has one.
        func finish() -> [UInt64: String] {
            var names: [UInt64: String] = [:]
            for (place, best) in zip(places, best) where !best.name.isEmpty { names[place] = best.name }
            return names
        }

        private static func digit(_ byte: UInt8) -> UInt8? {
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
            case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
            default: nil
            }
        }

        /// Without what the compiler appends for itself: `.isra.0`, `.cold`.
        private static func printable(_ name: ArraySlice<UInt8>) -> String {
            let letters = name.prefix { byte in
                byte < 128
                    && (Character(UnicodeScalar(byte)).isLetter || Character(UnicodeScalar(byte)).isNumber
                        || byte == UInt8(ascii: "_"))
            }
            return String(decoding: letters.prefix(128), as: UTF8.self)
        }
    }
#endif
