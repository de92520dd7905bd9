/// The languages in which the house speaks to people.
public enum Language: String, Sendable, Hashable, CaseIterable, Codable {
    /// 简体中文
    case chinese = "zh-CN"
    /// English
    case english = "en"
}

/// A text that people read, in the languages that its author gave.
public struct LocalizedText: Sendable, Hashable {
    private let texts: [Language: String]

    /// A text. At least one language.
    public init(_ texts: [Language: String]) {
        precondition(!texts.isEmpty, "a text without any language")
        self.texts = texts
    }

    /// Both languages.
    public init(_ english: String, _ chinese: String) { texts = [.english: english, .chinese: chinese] }

    /// The languages that its author gave, in the order of ``Language/allCases``.
    public var languages: [Language] { Language.allCases.filter { texts[$0] != nil } }

    /// The text in a language, or in the other one where its author gave no such.
    public subscript(_ language: Language) -> String {
        texts[language] ?? Language.allCases.lazy.compactMap { texts[$0] }.first ?? ""
    }
}
