import WorkingTime

/// Personal data as a JSON document, the one form in which it comes in: from a file or from standard input, never from
/// arguments, which every account of the machine can see.
///
///     {"kind": "person", "name": "…", "identityNumber": "…", "phone": "…", "address": "…", "note": "…"}
public enum PersonalDocument {
    /// Why a document cannot be taken: the member, never its value.
    public struct Flaw: Error, Sendable, Hashable, CustomStringConvertible {
        /// The member's name; nil for the document as a whole.
        public let member: String?
        /// What is wrong and what to do.
        public let words: LocalizedText

        /// Member and words in English.
        public var description: String { (member.map { "'\($0)': " } ?? "") + words[.english] }
    }

    /// The members, as they are written in a document.
    public static let members = ["kind", "name", "identityNumber", "creditCode", "phone", "address", "note"]

    /// Reads a document.
    /// - Parameters:
    ///   - bytes: UTF-8 JSON, one object.
    ///   - today: refuses a birth after this day.
    public static func read(_ bytes: [UInt8], today: CivilDate? = nil) throws(Flaw) -> PersonalData {
        var content = bytes[...]
        if content.starts(with: [0xef, 0xbb, 0xbf]) { content = content.dropFirst(3) }
        guard String(validating: content, as: UTF8.self) != nil else {
            throw Flaw(member: nil, words: LocalizedText("it is not UTF-8; save it as UTF-8", "不是 UTF-8 编码；请另存为 UTF-8"))
        }
        let json: StoredJSON
        let repeated: String?
        do { (json, repeated) = try StoredJSON.written(Array(content)) } catch {
            throw Flaw(
                member: nil,
                words: LocalizedText("\(error); write one JSON object", "第 \(error.offset) 字节处不是有效的 JSON；请写成一个 JSON 对象")
            )
        }
        guard case .object(let object) = json else {
            throw Flaw(member: nil, words: LocalizedText("it is no JSON object", "不是 JSON 对象"))
        }
        // The name of an unknown member may be a value that was put in the wrong place: it is not repeated.
        guard object.keys.allSatisfy(members.contains) else {
            let known = members.joined(separator: ", ")
            throw Flaw(
                member: nil,
                words: LocalizedText(
                    "it has a member that is not known; known are \(known)",
                    "含有无法识别的成员；可用的有 \(known)"
                )
            )
        }
        if let repeated {
            throw Flaw(
                member: members.contains(repeated) ? repeated : nil,
                words: LocalizedText("a member stands there twice; leave one", "有成员出现两次；请只保留一个")
            )
        }
        return try Reader(object: object, today: today).data()
    }

    private struct Reader {
        let object: [String: StoredJSON]
        let today: CivilDate?

        func text(_ member: String) throws(Flaw) -> String? {
            switch object[member] {
            case nil, .null: return nil
            case .string(let text): return text
            default:
                throw Flaw(
                    member: member,
                    words: LocalizedText("it is not a text; put it in quotes", "不是文本；请加引号")
                )
            }
        }

        func data() throws(Flaw) -> PersonalData {
            let kind: PersonalData.Kind
            if let written = try text("kind") {
                guard let known = PersonalData.Kind(rawValue: written) else {
                    throw Flaw(
                        member: "kind",
                        words: LocalizedText("it is neither person nor organisation", "应为 person 或 organisation")
                    )
                }
                kind = known
            } else {
                kind = .person
            }
            guard let name = try text("name") else {
                throw Flaw(member: "name", words: LocalizedText("it is missing; a name is needed", "缺少姓名（名称）"))
            }
            var identityNumber: IdentityNumber?
            if let written = try text("identityNumber") {
                do { identityNumber = try IdentityNumber(written, today: today) } catch {
                    throw Flaw(member: "identityNumber", words: error.words)
                }
            }
            var creditCode: UnifiedSocialCreditCode?
            if let written = try text("creditCode") {
                do { creditCode = try UnifiedSocialCreditCode(written) } catch {
                    throw Flaw(member: "creditCode", words: error.words)
                }
            }
            var phone: PhoneNumber?
            if let written = try text("phone") {
                do { phone = try PhoneNumber(written) } catch { throw Flaw(member: "phone", words: error.words) }
            }
            let (address, note) = (try text("address"), try text("note"))
            do {
                return try PersonalData(kind, name, identityNumber, creditCode, phone, address, note)
            } catch {
                switch error {
                case .text(let field, _), .otherKind(let field, _):
                    throw Flaw(member: PersonalDocument.member(of: field), words: error.words)
                }
            }
        }
    }

    /// The member that holds a field.
    public static func member(of field: PersonalData.Field) -> String {
        switch field {
        case .identityNumber: "identityNumber"
        case .creditCode: "creditCode"
        default: field.rawValue
        }
    }
}

extension PersonalData {
    /// The plain form that is sealed: JSON, members in a fixed order. Never stored as it is.
    var plainText: [UInt8] {
        var json = StoredJSONWriter()
        json.member("kind", kind.rawValue)
        for field in fields { json.member(named: PersonalDocument.member(of: field), self[field] ?? "") }
        return json.finish()
    }

    /// The number by which the same subject is found again, with its kind in front; nil without one.
    var searchText: [UInt8]? {
        if let identityNumber { return Array("identity-number/\(identityNumber.clearText)".utf8) }
        return creditCode.map { Array("credit-code/\($0.clearText)".utf8) }
    }
}
