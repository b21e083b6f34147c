import Diagnosis
import HostNetwork

/// Writes the frames of a run as a capture file, pcapng by default and pcap where the name asks for it.
struct CaptureOutput {
    let store: FrameStore
    let report: DiagnosisReport
    let path: String

    func write(to file: ReplacingFile) throws(FileError) {
        try file.append([UInt8]().span)
    }
}
