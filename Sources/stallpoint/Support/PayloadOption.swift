import ArgumentParser
import Engine
import HostNetwork
import PacketWire

/// `--payload NAME|hex:…|@file`, read.
struct PayloadOption {
    /// What is wrong with the text itself, as it is: whoever prints it escapes it. No file is opened. Nil where it can be
    /// read.
    static func problem(_ text: String) -> String? {
        if text.hasPrefix("@") { return text.count > 1 ? nil : "--payload @ is followed by the name of a file" }
        if text.lowercased().hasPrefix("hex:") {
            guard let bytes = hexadecimal(text.dropFirst(4)) else {
                return "--payload hex: is followed by pairs of hexadecimal digits"
            }
            return problem(bytes, "--payload hex:")
        }
        guard UDPService.named(text) == nil else { return nil }
        let names = UDPService.all.map(\.name).sorted().joined(separator: ", ")
        return "'\(text)' is no payload: hex:…, @file, or one of \(names)"
    }

    static func choice(_ text: String) throws -> PayloadChoice {
        if let problem = problem(text) { throw CommandFailure(ExitStatus.usage, problem) }
        if let service = UDPService.named(text) { return .service(service) }
        guard text.hasPrefix("@") else { return .bytes(hexadecimal(text.dropFirst(4)) ?? []) }
        let path = String(text.dropFirst())
        let bytes: [UInt8]
        do throws(FileError) {
            bytes = try InputFile(reading: path).first(PayloadChoice.mostBytes + 1)
        } catch {
            throw CommandFailure(ExitStatus.noInput, error.line)
        }
        if let problem = problem(bytes, path.escapedForDisplay) { throw CommandFailure(ExitStatus.usage, problem) }
        return .bytes(bytes)
    }

    private static func problem(_ bytes: [UInt8], _ name: String) -> String? {
        if bytes.isEmpty { return "\(name) holds no bytes to send" }
        guard bytes.count > PayloadChoice.mostBytes else { return nil }
        return "\(name) holds more than the \(PayloadChoice.mostBytes) bytes that a datagram is to bear"
    }

    /// Blanks and colons between the bytes are for the reader.
    private static func hexadecimal(_ text: Substring) -> [UInt8]? {
        let digits = text.utf8.filter { $0 != 0x20 && $0 != 0x3A }
        guard digits.count % 2 == 0 else { return nil }
        var bytes: [UInt8] = []
        for place in stride(from: 0, to: digits.count, by: 2) {
            guard let high = value(digits[place]), let low = value(digits[place + 1]) else { return nil }
            bytes.append(high << 4 | low)
        }
        return bytes
    }

    private static func value(_ digit: UInt8) -> UInt8? {
        switch digit {
        case 0x30...0x39: digit - 0x30
        case 0x41...0x46: digit - 0x41 + 10
        case 0x61...0x66: digit - 0x61 + 10
        default: nil
        }
    }
}
