import ArgumentParser
import Engine
import HostNetwork
import PacketWire

/// `--payload NAME|hex:…|text:…|@file`, read.
struct PayloadOption {
    /// What is wrong with the text itself, as it is: whoever prints it escapes it. No file is opened. Nil where it can be
    /// read.
    static func problem(_ text: String) -> String? {
        if text.hasPrefix("@") { return text.count > 1 ? nil : "--payload @ is followed by the name of a file" }
        if text.lowercased().hasPrefix("hex:") {
            guard let bytes = hexadecimal(text.dropFirst(4)) else {
                return "--payload hex: is followed by pairs of hexadecimal digits"
            }
            return problem(bytes, "--payload hex:", most: .max)
        }
        if text.lowercased().hasPrefix("text:") {
            guard let bytes = [UInt8](unescaping: text.dropFirst(5)) else {
                return #"--payload text: knows \r, \n, \t, \\ and \xHH, and no other escapes"#
            }
            return problem(bytes, "--payload text:", most: .max)
        }
        guard UDPService.named(text) == nil else { return nil }
        let names = UDPService.all.map(\.name).sorted().joined(separator: ", ")
        return "'\(text)' is no payload: hex:…, text:…, @file, or one of \(names)"
    }

    /// - Parameter most: bytes, of what is no service's question.
    static func choice(_ text: String, most: Int) throws -> PayloadChoice {
        if let problem = problem(text) { throw CommandFailure(ExitStatus.usage, problem) }
        if let service = UDPService.named(text) { return .service(service) }
        let (bytes, name) = try bytes(text, most: most)
        if let problem = problem(bytes, name, most: most) { throw CommandFailure(ExitStatus.usage, problem) }
        return .bytes(bytes)
    }

    private static func bytes(_ text: String, most: Int) throws -> (bytes: [UInt8], name: String) {
        guard text.hasPrefix("@") else {
            return text.lowercased().hasPrefix("hex:")
                ? (hexadecimal(text.dropFirst(4)) ?? [], "--payload hex:")
                : ([UInt8](unescaping: text.dropFirst(5)) ?? [], "--payload text:")
        }
        let path = String(text.dropFirst())
        do throws(FileError) {
            return (try InputFile(reading: path).first(most + 1), path.escapedForDisplay)
        } catch {
            throw CommandFailure(ExitStatus.noInput, error.line)
        }
    }

    private static func problem(_ bytes: [UInt8], _ name: String, most: Int) -> String? {
        if bytes.isEmpty { return "\(name) holds no bytes to send" }
        guard bytes.count > most else { return nil }
        let bearer = most == PayloadChoice.mostBytes ? "a datagram is to bear" : "are said at once"
        return "\(name) holds more than the \(most) bytes that \(bearer)"
    }

    /// Blanks and colons between the bytes are for the reader.
    private static func hexadecimal(_ text: Substring) -> [UInt8]? {
        let digits = text.utf8.filter { $0 != 0x20 && $0 != 0x3A }
        guard digits.count % 2 == 0 else { return nil }
        var bytes: [UInt8] = []
        for place in stride(from: 0, to: digits.count, by: 2) {
            guard let high = digits[place].hexadecimalDigit, let low = digits[place + 1].hexadecimalDigit else {
                return nil
            }
            bytes.append(high << 4 | low)
        }
        return bytes
    }
}
