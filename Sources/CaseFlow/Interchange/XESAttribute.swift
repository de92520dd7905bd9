/// An attribute of a log, trace, event or attribute (IEEE 1849-2016, 5.5).
public struct XESAttribute: Sendable, Hashable {
    /// The type of an attribute; the raw value is the name of its element.
    public enum Kind: String, Sendable, Hashable, CaseIterable {
        /// Any text.
        case string
        /// A moment in the form of `xs:dateTime`; see ``WrittenTime``.
        case date
        /// A whole number, `xs:long`.
        case int
        /// A number, `xs:double`.
        case float
        /// `true` or `false`, `xs:boolean`.
        case boolean
        /// An identifier, mostly a UUID.
        case id
        /// An ordered list of attributes.
        case list
        /// An unordered bag of attributes (XES 2.0; not in IEEE 1849-2016).
        case container
    }

    /// The type that the file claims. The value is not checked against it.
    public var kind: Kind
    /// The key; keys may repeat, and the order of the file is kept.
    public var key: String
    /// The value as it stands in the file, with XML's references resolved; `""` for a list and a container.
    public var value: String
    /// The attributes of this attribute, in the order of the file. For a list or container: its elements; attributes
    /// of the list itself, which stand before its `<values>`, come first.
    public var children: [XESAttribute]

    /// Creates an attribute; the value is taken as it is.
    public init(_ kind: Kind, key: String, value: String = "", children: [XESAttribute] = []) {
        self.kind = kind
        self.key = key
        self.value = value
        self.children = children
    }
}

/// One event of a trace (IEEE 1849-2016, 5.3).
public struct XESEvent: Sendable, Hashable {
    /// The attributes in the order of the file.
    public var attributes: [XESAttribute]
    /// The line of its element in the file, from 1.
    public var line: Int

    /// Creates an event.
    public init(attributes: [XESAttribute], line: Int) {
        self.attributes = attributes
        self.line = line
    }
}

/// A declared extension (IEEE 1849-2016, 6): where the keys with a prefix get their meaning.
public struct XESExtension: Sendable, Hashable {
    /// Its name, such as `Concept`.
    public var name: String
    /// The prefix of its keys, such as `concept`.
    public var prefix: String
    /// Where it is defined. Never fetched.
    public var uri: String

    /// Creates a declaration.
    public init(name: String, prefix: String, uri: String) {
        self.name = name
        self.prefix = prefix
        self.uri = uri
    }
}

/// Attributes that the file claims for every trace or event (IEEE 1849-2016, 5.6.2). They are reported and **not**
/// applied: files declare attributes that many of their traces do not have.
public struct XESGlobals: Sendable, Hashable {
    /// `trace` or `event`; `nil` where the file says nothing, which means `event`.
    public var scope: String?
    /// The attributes with their claimed default values.
    public var attributes: [XESAttribute]

    /// Creates a declaration.
    public init(scope: String?, attributes: [XESAttribute]) {
        self.scope = scope
        self.attributes = attributes
    }
}

/// Attributes that together tell what kind of thing an event or trace is (IEEE 1849-2016, 5.6.3).
public struct XESClassifier: Sendable, Hashable {
    /// Its name.
    public var name: String
    /// `trace` or `event`; `nil` where the file says nothing, which means `event`.
    public var scope: String?
    /// The keys as they stand in the file: separated by spaces, a key with a space between apostrophes.
    public var keys: String

    /// Creates a classifier.
    public init(name: String, scope: String? = nil, keys: String) {
        self.name = name
        self.scope = scope
        self.keys = keys
    }
}

/// All of a log that stands before its first trace (IEEE 1849-2016, 5.1).
public struct XESLogHeader: Sendable, Hashable {
    /// `xes.version` as in the file; `nil` when absent.
    public var version: String?
    /// The extensions in the order of the file.
    public var extensions: [XESExtension]
    /// The global attributes in the order of the file.
    public var globals: [XESGlobals]
    /// The classifiers in the order of the file.
    public var classifiers: [XESClassifier]
    /// The attributes of the log.
    public var attributes: [XESAttribute]

    /// Creates a header.
    public init(
        version: String? = nil,
        extensions: [XESExtension] = [],
        globals: [XESGlobals] = [],
        classifiers: [XESClassifier] = [],
        attributes: [XESAttribute] = []
    ) {
        self.version = version
        self.extensions = extensions
        self.globals = globals
        self.classifiers = classifiers
        self.attributes = attributes
    }
}

/// What a reader of XES delivers, in the order of the file.
public enum XESItem: Sendable, Hashable {
    /// Whose attributes come late.
    public enum Scope: String, Sendable, Hashable {
        /// The log's.
        case log
        /// The trace's that is open.
        case trace
    }

    /// The head of the log. Exactly one, before all traces; none when the file fails before.
    case log(XESLogHeader)
    /// A trace begins: its attributes, the line of its element from 1, and its number in the file from 0.
    case traceBegin(attributes: [XESAttribute], line: Int, index: Int)
    /// The next events of the open trace, at least one and at most 256, in the order of the file.
    case events([XESEvent])
    /// Attributes that stand behind the first event of the open trace, or behind the first trace of the log. They are
    /// against the order of the standard (IEEE 1849-2016, 5) and count like the others.
    case lateAttributes(Scope, [XESAttribute])
    /// The open trace ends after so many events. A trace that the file breaks off has none.
    case traceEnd(eventCount: Int)
    /// Something wrong in one place; the reading goes on.
    case problem(InterchangeProblem)
}
