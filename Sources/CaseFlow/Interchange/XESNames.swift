/// Keys as names of XML, and back.
///
/// The schema of IEEE 1849-2016 wants keys of the type `xs:Name` and names of the type `xs:NCName`. A character that
/// may not stand there becomes `_xHHHH_`, or `_xHHHHHH_` above U+FFFF, in hexadecimal digits (the form of ISO/IEC
/// 9075-14 for SQL identifiers): `case id` is written `case_x0020_id`. An underscore that happens to begin such a form
/// becomes `_x005F_`, so that every key comes back as it was. The empty key is `_x_`.
public enum XESNames {
    /// The key as an `xs:Name`; unchanged when it is one.
    /// - Parameter allowsColon: false for an `xs:NCName`.
    public static func escaped(_ key: String, allowsColon: Bool = true) -> String {
        if key.isEmpty { return "_x_" }
        let scalars = Array(key.unicodeScalars)
        var result = ""
        for (index, scalar) in scalars.enumerated() {
            let isFitting = index == 0 ? XMLCharacters.isNameStart(scalar) : isPart(scalar, allowsColon)
            if isFitting, allowsColon || scalar != ":", !looksLikeEscape(scalars, at: index, allowsColon) {
                result.unicodeScalars.append(scalar)
            } else {
                let digits = String(scalar.value, radix: 16, uppercase: true)
                let width = digits.count > 4 ? 6 : 4
                result += "_x" + String(repeating: "0", count: width - digits.count) + digits + "_"
            }
        }
        return result
    }

    /// The key that ``escaped(_:allowsColon:)`` made this name of; other names are unchanged.
    public static func restored(_ name: String) -> String {
        guard holdsEscape(name) else { return name }
        if name == "_x_" { return "" }
        let scalars = Array(name.unicodeScalars)
        var result = String.UnicodeScalarView()
        var index = 0
        while index < scalars.count {
            if let length = escapeLength(scalars, at: index), length > 3,
                let scalar = escapedScalar(scalars[(index + 2)..<(index + length - 1)])
            {
                result.append(scalar)
                index += length
            } else {
                result.append(scalars[index])
                index += 1
            }
        }
        return String(result)
    }

    /// The keys of a classifier, each made a name (IEEE 1849-2016, 5.6.3; a key with a space between apostrophes).
    static func escapedKeys(_ keys: String) -> String {
        split(keys).map { escaped($0) }.joined(separator: " ")
    }

    /// The keys of a classifier as they were; one with a space between apostrophes.
    static func restoredKeys(_ keys: String) -> String {
        guard holdsEscape(keys) else { return keys }
        return split(keys).map { key in
            let whole = restored(key)
            return whole.contains(where: \.isWhitespace) ? "'\(whole)'" : whole
        }.joined(separator: " ")
    }

    private static func split(_ keys: String) -> [String] {
        var result: [String] = []
        var current = ""
        var isQuoted = false
        for character in keys {
            if character == "'", isQuoted || current.isEmpty {
                isQuoted.toggle()
            } else if character.isWhitespace, !isQuoted {
                if !current.isEmpty { result.append(current) }
                current = ""
            } else {
                current.append(character)
            }
        }
        if !current.isEmpty { result.append(current) }
        return result
    }

    private static func isPart(_ scalar: Unicode.Scalar, _ allowsColon: Bool) -> Bool {
        XMLCharacters.isNamePart(scalar) && (allowsColon || scalar != ":")
    }

    /// Whether what is written for the scalars from the index on would be taken for an escape: also when the last
    /// underscore of `_x0041_` is the first of the escape that follows.
    private static func looksLikeEscape(_ scalars: [Unicode.Scalar], at index: Int, _ allowsColon: Bool) -> Bool {
        if escapeLength(scalars, at: index) != nil { return true }
        guard let unfit = scalars[index...].firstIndex(where: { !isPart($0, allowsColon) }), unfit > index else {
            return false
        }
        return escapeLength(Array(scalars[index..<unfit]) + ["_"], at: 0) == unfit - index + 1
    }

    /// A quick test that most keys fail.
    private static func holdsEscape(_ name: String) -> Bool {
        var wasUnderscore = false
        for byte in name.utf8 {
            if wasUnderscore, byte == 0x78 { return true }
            wasUnderscore = byte == 0x5f
        }
        return false
    }

    /// How many scalars an escape at the index has: `_x_`, `_xHHHH_` or `_xHHHHHH_`; `nil` when there is none.
    private static func escapeLength(_ scalars: [Unicode.Scalar], at index: Int) -> Int? {
        guard index + 2 < scalars.count, scalars[index] == "_", scalars[index + 1] == "x" else { return nil }
        var end = index + 2
        while end < scalars.count, end < index + 8, isHexadecimal(scalars[end]) { end += 1 }
        guard end < scalars.count, scalars[end] == "_", [0, 4, 6].contains(end - index - 2) else { return nil }
        return end - index + 1
    }

    private static func isHexadecimal(_ scalar: Unicode.Scalar) -> Bool {
        scalar.isASCII && scalar.properties.isASCIIHexDigit
    }

    private static func escapedScalar(_ digits: ArraySlice<Unicode.Scalar>) -> Unicode.Scalar? {
        var text = ""
        text.unicodeScalars.append(contentsOf: digits)
        return UInt32(text, radix: 16).flatMap(Unicode.Scalar.init)
    }
}
