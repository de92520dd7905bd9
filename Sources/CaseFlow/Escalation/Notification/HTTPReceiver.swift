import Foundation

/// A receiver of notifications that is reached by HTTP.
public struct HTTPReceiver: Sendable, Hashable, CustomStringConvertible {
    /// Why an address cannot be used.
    public struct Unusable: Error, Sendable, Hashable, CustomStringConvertible {
        /// What is wrong and what to write.
        public let description: String
    }

    /// The environment variable that names a file with a bearer token (RFC 6750), sent to each receiver.
    public static let tokenVariable = "CASEFLOW_NOTIFY_TOKEN_FILE"

    /// The address, as it was written.
    public let url: URL

    /// Reads `http://HOST[:PORT]/PATH` or `https://…`. It must hold nothing that is a secret, since it is shown in lists and
    /// measured: a user part, a query and a fragment are refused.
    public init(_ text: String) throws(Unusable) {
        func unusable(_ what: String) -> Unusable { Unusable(description: "the address of a receiver \(what)") }
        let parts = URLComponents(string: text)
        // The text is not shown where it may hold a password.
        if parts?.user != nil || parts?.password != nil || text.contains("@") {
            throw unusable("holds no user or password: put a token into a file, and name it by \(Self.tokenVariable)")
        }
        if text.contains("?") || text.contains("#") {
            let why =
                "has no query and no fragment, since it is shown in lists: put a token into a file, and name it by "
            throw unusable(why + Self.tokenVariable)
        }
        let form = "is http://HOST[:PORT]/PATH or https://HOST[:PORT]/PATH, in ASCII, not '\(text)'"
        guard text.utf8.allSatisfy({ 0x21...0x7e ~= $0 }), let parts, let url = parts.url,
            parts.scheme == "http" || parts.scheme == "https", let host = parts.host, !host.isEmpty,
            parts.path.hasPrefix("/")
        else { throw unusable(form) }
        if let port = parts.port, !(1...65_535).contains(port) { throw unusable(form) }
        self.url = url
    }

    /// The address.
    public var description: String { url.absoluteString }

    /// Scheme, host and port: who gets the token.
    public var origin: String {
        let parts = URLComponents(url: url, resolvingAgainstBaseURL: false)
        let isSecure = parts?.scheme == "https"
        return "\(parts?.scheme ?? "")://\(parts?.host ?? ""):\(parts?.port ?? (isSecure ? 443 : 80))"
    }

    /// Whether nobody on the way can read what is sent: by TLS, or because it does not leave the machine.
    public var isPrivate: Bool {
        let parts = URLComponents(url: url, resolvingAgainstBaseURL: false)
        return parts?.scheme == "https" || ["localhost", "127.0.0.1", "[::1]"].contains(parts?.host ?? "")
    }
}
