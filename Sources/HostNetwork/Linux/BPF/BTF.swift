#if os(Linux)
    /// The kernel's description of its own types, in the BPF Type Format (Documentation/bpf/btf.rst).
    ///
    /// It is walked once, front to back; on the way only the names of the wanted types are compared. The bytes stay
    /// with the caller and are lent to each question: the whole is some 5 MB and lives only while a program is made.
    struct BTF {
        enum Failure: Error, Hashable {
            /// Not BTF, or of the other byte order.
            case notBTF
            /// A length or an offset points outside.
            case cutShort
            /// A kind of type that this code cannot step over.
            case unknownKind(UInt32)
            /// The running kernel has no such type, member or parameter.
            case missing(String)
        }

        /// Where each type's record begins, by type id; id 0 is void.
        private var records: [UInt32] = []
        private var strings: Range<Int> = 0..<0
        private var named: [Name: UInt32] = [:]

        /// A type that is looked up by name: a forward declaration of the same name is another kind.
        struct Name: Hashable {
            var kind: Kind
            var text: String

            init(_ kind: Kind, _ text: String) {
                self.kind = kind
                self.text = text
            }
        }

        /// include/uapi/linux/btf.h, BTF_KIND_*.
        enum Kind: UInt32 {
            case int = 1
            case pointer = 2
            case array = 3
            case structure = 4
            case union = 5
            case enumeration = 6
            case forward = 7
            case typedef = 8
            case volatile = 9
            case const = 10
            case restrict = 11
            case function = 12
            case functionPrototype = 13
            case variable = 14
            case dataSection = 15
            case float = 16
            case declarationTag = 17
            case typeTag = 18
            case enumeration64 = 19

            /// Bytes that follow the common twelve.
            func extra(count: Int) -> Int {
                switch self {
                case .int, .variable, .declarationTag: 4
                case .array: 12
                case .structure, .union, .dataSection, .enumeration64: 12 * count
                case .enumeration, .functionPrototype: 8 * count
                case .pointer, .forward, .typedef, .volatile, .const, .restrict, .function, .float, .typeTag: 0
                }
            }
        }

        /// Walks the type table.
        ///
        /// - Parameter wanted: the types that will be asked for by name.
        init(_ bytes: RawSpan, wanted: [Name]) throws(Failure) {
            // struct btf_header: magic, version, flags, hdr_len, type_off, type_len, str_off, str_len.
            guard bytes.byteCount >= 24, bytes.word(at: 0) & 0xFFFF == 0xEB9F else { throw .notBTF }
            let header = Int(bytes.word(at: 4))
            let types = try Self.section(bytes, header, bytes.word(at: 8), bytes.word(at: 12))
            strings = try Self.section(bytes, header, bytes.word(at: 16), bytes.word(at: 20))
            records.reserveCapacity(types.count / 24)
            records.append(0)
            let searched = wanted.map { (name: $0, text: Array($0.text.utf8)) }
            var offset = types.lowerBound
            while offset < types.upperBound {
                guard types.upperBound - offset >= 12 else { throw .cutShort }
                let info = bytes.word(at: offset + 4)
                guard let kind = Kind(rawValue: info >> 24 & 0x1F) else { throw .unknownKind(info >> 24 & 0x1F) }
                let length = 12 + kind.extra(count: Int(info & 0xFFFF))
                guard types.upperBound - offset >= length else { throw .cutShort }
                switch kind {
                case .structure, .enumeration, .typedef:
                    let name = strings.lowerBound + Int(bytes.word(at: offset))
                    for (wanted, text) in searched
                    where wanted.kind == kind && has(bytes, text, at: name) && named[wanted] == nil {
                        named[wanted] = UInt32(records.count)
                    }
                default: break
                }
                records.append(UInt32(offset))
                offset += length
            }
        }

        private static func section(
            _ bytes: RawSpan, _ header: Int, _ offset: UInt32, _ length: UInt32
        ) throws(Failure) -> Range<Int> {
            let start = header + Int(offset)
            let end = start + Int(length)
            guard end <= bytes.byteCount, end <= Int(UInt32.max) else { throw .cutShort }
            return start..<end
        }

        // MARK: Records

        /// One member of a structure, or one parameter of a function.
        struct Member {
            var type: UInt32
            var bitOffset: Int
        }

        /// The common part of a record; nil for void and for ids that there are not.
        private func record(
            _ bytes: RawSpan, _ type: UInt32
        ) -> (offset: Int, kind: Kind, count: Int, hasBitFields: Bool, next: UInt32)? {
            guard type > 0, Int(type) < records.count else { return nil }
            let offset = Int(records[Int(type)])
            let info = bytes.word(at: offset + 4)
            guard let kind = Kind(rawValue: info >> 24 & 0x1F) else { return nil }
            return (offset, kind, Int(info & 0xFFFF), info >> 31 == 1, bytes.word(at: offset + 8))
        }

        /// What a type is behind its names and qualifiers. A bound, because a damaged table may go in circles.
        private func resolve(_ bytes: RawSpan, _ type: UInt32) -> UInt32 {
            var type = type
            for _ in 0..<32 {
                guard let record = record(bytes, type) else { return type }
                switch record.kind {
                case .typedef, .volatile, .const, .restrict, .typeTag: type = record.next
                default: return type
                }
            }
            return 0
        }

        /// What a pointer points to; nil where the type is none.
        private func pointee(_ bytes: RawSpan, _ type: UInt32) -> UInt32? {
            guard let record = record(bytes, resolve(bytes, type)), record.kind == .pointer else { return nil }
            return resolve(bytes, record.next)
        }

        /// A member by name, those of anonymous structures and unions inside included.
        private func member(
            _ bytes: RawSpan, _ name: [UInt8], of type: UInt32, depth: Int = 0
        ) -> Member? {
            guard depth < 8, let record = record(bytes, resolve(bytes, type)),
                record.kind == .structure || record.kind == .union
            else { return nil }
            for index in 0..<record.count {
                let at = record.offset + 12 + 12 * index
                let place = bytes.word(at: at + 8)
                let bitOffset = Int(record.hasBitFields ? place & 0xFF_FFFF : place)
                let inner = bytes.word(at: at + 4)
                let nameOffset = bytes.word(at: at)
                if nameOffset == 0 {
                    guard let found = member(bytes, name, of: inner, depth: depth + 1) else { continue }
                    return Member(type: found.type, bitOffset: bitOffset + found.bitOffset)
                }
                if has(bytes, name, at: strings.lowerBound + Int(nameOffset)) {
                    return Member(type: inner, bitOffset: bitOffset)
                }
            }
            return nil
        }

        // MARK: Questions

        /// The byte offset of a member within a structure. Further names lead into members that are structures
        /// themselves; where one of them is a pointer, the path ends.
        func offset(_ bytes: RawSpan, of path: [String], in structure: String) throws(Failure) -> Int {
            let whole = "\(structure).\(path.joined(separator: "."))"
            guard var type = named[Name(.structure, structure)] else { throw .missing(structure) }
            var offset = 0
            for name in path {
                guard let member = member(bytes, Array(name.utf8), of: type), member.bitOffset & 7 == 0 else {
                    throw .missing(whole)
                }
                offset += member.bitOffset / 8
                type = member.type
            }
            // An instruction's displacement has sixteen bits, and no structure of interest is larger.
            guard offset <= Int(Int16.max) else { throw .missing(whole) }
            return offset
        }

        /// Whether a parameter is that type.
        enum Parameter: Hashable {
            case pointerTo(String)
            case enumeration(String)
            case other
        }

        /// The parameters of a function type that a typedef names.
        func parameters(
            _ bytes: RawSpan, ofTypedef name: String, among wanted: [Name]
        ) throws(Failure) -> [Parameter] {
            guard let type = named[Name(.typedef, name)] else { throw .missing(name) }
            guard let prototype = pointee(bytes, type), let record = record(bytes, prototype),
                record.kind == .functionPrototype
            else { throw .missing(name) }
            var parameters: [Parameter] = []
            for index in 0..<record.count {
                let type = bytes.word(at: record.offset + 12 + 8 * index + 4)
                var parameter = Parameter.other
                for name in wanted {
                    guard let id = named[name] else { continue }
                    if name.kind == .structure, pointee(bytes, type) == id { parameter = .pointerTo(name.text) }
                    if name.kind == .enumeration, resolve(bytes, type) == id { parameter = .enumeration(name.text) }
                }
                parameters.append(parameter)
            }
            return parameters
        }

        /// The values of an enumeration with their names.
        func values(_ bytes: RawSpan, ofEnumeration name: String) throws(Failure) -> [UInt32: String] {
            guard let type = named[Name(.enumeration, name)], let record = record(bytes, type) else {
                throw .missing(name)
            }
            var values: [UInt32: String] = [:]
            for index in 0..<record.count {
                let at = record.offset + 12 + 8 * index
                let name = string(bytes, at: strings.lowerBound + Int(bytes.word(at: at)))
                let value = bytes.word(at: at + 4)
                if !name.isEmpty, values[value] == nil { values[value] = name }
            }
            return values
        }

        // MARK: Strings

        private func has(_ bytes: RawSpan, _ text: [UInt8], at offset: Int) -> Bool {
            guard offset >= strings.lowerBound, offset < strings.upperBound - text.count else { return false }
            for index in text.indices where bytes.byte(at: offset + index) != text[index] { return false }
            return bytes.byte(at: offset + text.count) == 0
        }

        /// A name of the C language, and nothing else.
        private func string(_ bytes: RawSpan, at offset: Int) -> String {
            var text = ""
            var offset = offset
            while offset >= strings.lowerBound, offset < strings.upperBound, text.utf8.count < 128 {
                let byte = bytes.byte(at: offset)
                guard byte != 0 else { return text }
                let character = Character(UnicodeScalar(byte))
                guard byte < 128, character.isLetter || character.isNumber || character == "_" else { return "" }
                text.append(character)
                offset += 1
            }
            return ""
        }
    }

    extension RawSpan {
        /// Thirty-two bits in the machine's order. The caller has checked that they are there; this checks again.
        fileprivate func word(at offset: Int) -> UInt32 {
            unsafe unsafeLoadUnaligned(fromByteOffset: offset, as: UInt32.self)
        }

        fileprivate func byte(at offset: Int) -> UInt8 {
            unsafe unsafeLoad(fromByteOffset: offset, as: UInt8.self)
        }
    }
#endif
