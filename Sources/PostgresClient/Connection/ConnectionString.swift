import CLibPQ

/// What libpq reads in a connection string.
enum ConnectionString {
    /// What is wrong with the connection string, which no waiting mends; nil for a string in order or the name of a
    /// database alone.
    static func flaw(in text: String?) -> PostgresError? {
        guard let text, isString(text) else { return nil }
        var message: UnsafeMutablePointer<CChar>?
        let options = PQconninfoParse(text, &message)
        defer {
            // Both were allocated by libpq for us; either may be null, which these take.
            PQconninfoFree(options)
            PQfreemem(message)
        }
        if options != nil { return nil }
        return PostgresError(
            .misuse,
            "the connection string cannot be read",
            serverMessage: message.map { String(cString: $0) }
        )
    }

    /// The value of a keyword: of the string, else of the environment and the service file that the environment names.
    static func value(of keyword: String, in text: String?) -> String? {
        if let text, isString(text), let value = take(keyword, from: PQconninfoParse(text, nil)) { return value }
        return take(keyword, from: PQconndefaults())
    }

    private static func isString(_ text: String) -> Bool { text.contains("=") || text.contains("://") }

    /// The keyword's value among these options, which are freed; nil where there are none.
    private static func take(_ keyword: String, from options: UnsafeMutablePointer<PQconninfoOption>?) -> String? {
        guard let options else { return nil }
        defer { PQconninfoFree(options) }
        var option = options
        // The array ends with an option without a keyword. Both texts are copied before it is freed.
        while let name = option.pointee.keyword {
            if String(cString: name) == keyword { return option.pointee.val.map { String(cString: $0) } }
            option += 1
        }
        return nil
    }
}
