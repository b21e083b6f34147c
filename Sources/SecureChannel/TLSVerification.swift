internal import COpenSSL
public import PacketWire

/// What came of the verification of the peer's certificates.
public enum TLSVerification: Sendable, Hashable {
    case passed
    /// Everything that was wrong, 16 at most. The first is what would have ended the verification.
    case failed([TLSVerificationFailure])

    public var failures: [TLSVerificationFailure] {
        switch self {
        case .passed: []
        case .failed(let failures): failures
        }
    }
}

/// One thing that is wrong with a chain of certificates.
public struct TLSVerificationFailure: Sendable, Hashable, CustomStringConvertible {
    /// OpenSSL's numbers, `X509_V_ERR_…` in openssl/x509_vfy.h.
    @frozen
    public struct Code: RawRepresentable, Sendable, Hashable, CustomStringConvertible {
        public var rawValue: Int32

        @inlinable
        public init(rawValue: Int32) {
            self.rawValue = rawValue
        }

        public static let noIssuer = Code(rawValue: 2)
        public static let badSignature = Code(rawValue: 7)
        public static let notYetValid = Code(rawValue: 9)
        public static let expired = Code(rawValue: 10)
        public static let selfSigned = Code(rawValue: 18)
        public static let selfSignedInChain = Code(rawValue: 19)
        public static let noLocalIssuer = Code(rawValue: 20)
        public static let unverifiedLeaf = Code(rawValue: 21)
        public static let chainTooLong = Code(rawValue: 22)
        public static let revoked = Code(rawValue: 23)
        public static let wrongPurpose = Code(rawValue: 26)
        public static let nameMismatch = Code(rawValue: 62)
        public static let addressMismatch = Code(rawValue: 64)
        public static let keyTooSmall = Code(rawValue: 66)
        public static let authorityKeyTooSmall = Code(rawValue: 67)
        public static let weakDigest = Code(rawValue: 68)
        public static let noAuthority = Code(rawValue: 79)

        /// In OpenSSL's words: `certificate has expired`.
        public var description: String {
            // The text is constant.
            let text = unsafe X509_verify_cert_error_string(Int(rawValue))
            return unsafe text.map { unsafe String(cString: $0) } ?? "error \(rawValue)"
        }
    }

    public var code: Code
    /// Which certificate: 0 is the server's own, and each next one has issued the one before.
    public var depth: Int
    /// Whose certificate that is, where there is one.
    public var subject: NetworkText?

    public init(_ code: Code, depth: Int, subject: NetworkText? = nil) {
        self.code = code
        self.depth = depth
        self.subject = subject
    }

    public var description: String {
        guard let subject else { return "\(code) (certificate \(depth))" }
        return "\(code) (certificate \(depth), \(subject))"
    }
}
