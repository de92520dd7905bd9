/// What is known of a citizen or an organisation and must not stand anywhere in clear: name, number, telephone, address.
///
/// It lives in memory between the window and the vault and nowhere else. It prints itself without any value, `dump` finds
/// nothing in it, and it is not `Codable`, so that no encoder takes it along by accident.
public struct PersonalData: Sendable, Hashable {
    /// Whom it is about.
    public enum Kind: String, Sendable, Hashable, CaseIterable {
        /// A person (自然人).
        case person
        /// An organisation (法人和其他组织), a one-person business too.
        case organisation
    }

    /// Its parts, for records of looks and for answers that show some of them.
    public enum Field: String, Sendable, Hashable, CaseIterable, Comparable {
        /// The name (姓名、名称).
        case name
        /// The identity number (公民身份号码).
        case identityNumber = "identity-number"
        /// The unified social credit code (统一社会信用代码).
        case creditCode = "credit-code"
        /// The telephone number (联系电话).
        case phone
        /// The address (住址、住所).
        case address
        /// A note (备注).
        case note

        /// In the order in which they are shown.
        public static func < (left: Field, right: Field) -> Bool { left.order < right.order }

        private var order: Int { Self.allCases.firstIndex(of: self) ?? 0 }
    }

    /// Why data cannot be taken. Never holds a value.
    public enum Flaw: Error, Sendable, Hashable {
        /// A field is empty, longer than it may be (in bytes), or holds a control character.
        case text(Field, limit: Int)
        /// A person has no credit code, an organisation no identity number.
        case otherKind(Field, of: Kind)
    }

    /// Whom it is about.
    public let kind: Kind
    /// The name, at most 300 bytes.
    public let name: String
    /// A person's identity number.
    public let identityNumber: IdentityNumber?
    /// An organisation's credit code.
    public let creditCode: UnifiedSocialCreditCode?
    /// The telephone number.
    public let phone: PhoneNumber?
    /// The address, at most 600 bytes.
    public let address: String?
    /// Whatever else has to be kept with them, at most 1,000 bytes.
    public let note: String?

    /// Of a person.
    public init(
        person name: String,
        identityNumber: IdentityNumber? = nil,
        phone: PhoneNumber? = nil,
        address: String? = nil,
        note: String? = nil
    ) throws(Flaw) {
        try self.init(.person, name, identityNumber, nil, phone, address, note)
    }

    /// Of an organisation.
    public init(
        organisation name: String,
        creditCode: UnifiedSocialCreditCode? = nil,
        phone: PhoneNumber? = nil,
        address: String? = nil,
        note: String? = nil
    ) throws(Flaw) {
        try self.init(.organisation, name, nil, creditCode, phone, address, note)
    }

    init(
        _ kind: Kind,
        _ name: String,
        _ identityNumber: IdentityNumber?,
        _ creditCode: UnifiedSocialCreditCode?,
        _ phone: PhoneNumber?,
        _ address: String?,
        _ note: String?
    ) throws(Flaw) {
        if kind == .person, creditCode != nil { throw .otherKind(.creditCode, of: kind) }
        if kind == .organisation, identityNumber != nil { throw .otherKind(.identityNumber, of: kind) }
        for (field, text, limit) in [(Field.name, Optional(name), 300), (.address, address, 600), (.note, note, 1000)] {
            guard let text else { continue }
            let isPlain = text.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control }
            guard isPlain, text.utf8.count <= limit, text.contains(where: { !$0.isWhitespace }) else {
                throw .text(field, limit: limit)
            }
        }
        (self.kind, self.name, self.phone) = (kind, name, phone)
        (self.identityNumber, self.creditCode, self.address, self.note) = (identityNumber, creditCode, address, note)
    }

    /// From the plain form in a box: what was sealed is not checked again, because rules change and boxes do not. Nil for
    /// bytes that are no such form.
    init?(plainText bytes: [UInt8]) {
        guard let json = try? StoredJSON(bytes), let kind = json["kind"]?.string.flatMap(Kind.init(rawValue:)),
            let name = json["name"]?.string
        else { return nil }
        func text(_ field: Field) -> String? { json[PersonalDocument.member(of: field)]?.string }
        (self.kind, self.name, address, note) = (kind, name, text(.address), text(.note))
        identityNumber = text(.identityNumber).map(IdentityNumber.init(trusted:))
        creditCode = text(.creditCode).map(UnifiedSocialCreditCode.init(trusted:))
        phone = text(.phone).map(PhoneNumber.init(trusted:))
    }

    /// A field's value in clear; nil where there is none.
    public subscript(field: Field) -> String? {
        switch field {
        case .name: name
        case .identityNumber: identityNumber?.clearText
        case .creditCode: creditCode?.clearText
        case .phone: phone?.clearText
        case .address: address
        case .note: note
        }
    }

    /// The fields that have a value, in order.
    public var fields: [Field] { Field.allCases.filter { self[$0] != nil } }

    /// What stands in the place of a value that was taken out of a text.
    public static let redaction = "〔隐〕"

    /// A text without the values of this data: each stands as ``redaction``. A name of one character is left, because it
    /// would be found in every other word.
    public func redacting(_ text: String) -> String {
        // The longest first: a name may stand in an address.
        let values = fields.filter { $0 != .note }.compactMap { self[$0] }.filter { $0.count > 1 }
            .sorted { $0.utf8.count > $1.utf8.count }
        return values.reduce(text) { text, value in
            let plain = text.replacing(value, with: Self.redaction)
            return value.last == "X" ? plain.replacing(value.lowercased(), with: Self.redaction) : plain
        }
    }
}

extension PersonalData: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// Which fields there are, no value: `person (name, identity-number)`.
    public var description: String { "\(kind.rawValue) (\(fields.map(\.rawValue).joined(separator: ", ")))" }
    /// The same.
    public var debugDescription: String { description }
    /// Nothing: `dump` must not show it either.
    public var customMirror: Mirror { Mirror(self, children: [:]) }
}

extension PersonalData.Field {
    /// For people.
    public var title: LocalizedText {
        switch self {
        case .name: LocalizedText("name", "姓名（名称）")
        case .identityNumber: LocalizedText("identity number", "身份证号码")
        case .creditCode: LocalizedText("credit code", "统一社会信用代码")
        case .phone: LocalizedText("telephone", "联系电话")
        case .address: LocalizedText("address", "地址")
        case .note: LocalizedText("note", "备注")
        }
    }
}

extension PersonalData.Flaw: CustomStringConvertible {
    /// What is wrong and what to do; never a value.
    public var words: LocalizedText {
        switch self {
        case .text(let field, let limit):
            LocalizedText(
                "the \(field.title[.english]) is empty, longer than \(limit) bytes, or holds a control character",
                "\(field.title[.chinese])为空、超过 \(limit) 字节，或含有控制字符"
            )
        case .otherKind(.creditCode, _):
            LocalizedText(
                "a person has no credit code; set the kind to organisation, or leave the code away",
                "自然人没有统一社会信用代码；请改为组织，或删去该代码"
            )
        case .otherKind(let field, _):
            LocalizedText(
                "an organisation has no \(field.title[.english]); put that of its representative into the note",
                "组织没有\(field.title[.chinese])；法定代表人的信息请写入备注"
            )
        }
    }

    /// The words in English.
    public var description: String { words[.english] }
}
