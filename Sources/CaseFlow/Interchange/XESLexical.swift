/// The lexical forms that the schema of IEEE 1849-2016 demands of values (XML Schema 1.0, part 2).
enum XESLexical {
    /// Whether the text may stand as the value of an attribute of this type.
    static func isValid(_ text: String, for kind: XESAttribute.Kind) -> Bool {
        switch kind {
        case .string, .id, .list, .container: true
        case .date: WrittenTime.isXMLSchemaDateTime(text)
        case .int: Int64(text) != nil
        case .float: isDouble(text)
        case .boolean: ["true", "false", "1", "0"].contains(text)
        }
    }

    /// `xs:double`, 3.2.5: a decimal number with an optional exponent, `INF`, `-INF` or `NaN`.
    private static func isDouble(_ text: String) -> Bool {
        if ["INF", "-INF", "NaN"].contains(text) { return true }
        var rest = Substring(text).utf8
        func skipSign() {
            if rest.first == 0x2b || rest.first == 0x2d { rest = rest.dropFirst() }
        }
        func skipDigits() -> Int {
            let count = rest.prefix { (0x30...0x39).contains($0) }.count
            rest = rest.dropFirst(count)
            return count
        }
        skipSign()
        var digits = skipDigits()
        if rest.first == 0x2e {
            rest = rest.dropFirst()
            digits += skipDigits()
        }
        if digits == 0 { return false }
        if rest.first == 0x65 || rest.first == 0x45 {
            rest = rest.dropFirst()
            skipSign()
            if skipDigits() == 0 { return false }
        }
        return rest.isEmpty
    }
}
