public import Foundation

/// Captures that other projects test their decoders with. They are not part of this repository: they lie in
/// `shared/corpora` in a folder above the checkout, where there is one.
public enum SharedCorpora {
    /// Nil where there is none; then it is said, once.
    public static let folder: URL? = {
        var folder = Goldens.repository
        while folder.path != "/" {
            let candidate = folder.appending(path: "shared/corpora").resolvingSymlinksInPath()
            if FileManager.default.fileExists(atPath: candidate.appending(path: "manifest.tsv").path) {
                return candidate
            }
            folder.deleteLastPathComponent()
        }
        print("skipped: no shared/corpora in any folder above the checkout")
        return nil
    }()

    /// Every file there, by path.
    public static let files: [URL] = folder.map { files(below: $0) } ?? []

    public static func files(below folder: URL) -> [URL] {
        let all = FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil)
        return (all?.compactMap { $0 as? URL } ?? []).filter { !$0.hasDirectoryPath }.sorted { $0.path < $1.path }
    }
}
