/// Makes the items of a log out of the tokens of its XML.
///
/// Holds at most the head of the log, the attributes of one trace, and one batch of events.
struct XESAssembler {
    private enum Scope: String {
        case document, log, trace, event, behind
        case globals = "global"
    }

    /// An open attribute element, or an open `<values>` of the list below it.
    private struct Open {
        var attribute: XESAttribute
        var line: Int
        var isValues = false
    }

    private let emitter: ChunkEmitter<XESItem>
    let options: XESReader.Options
    private var scope = Scope.document
    private var open: [Open] = []
    /// How many elements deep inside one that is skipped.
    var skipping = 0
    var header = XESLogHeader()
    var headerIsOut = false
    private var globals = XESGlobals(scope: nil, attributes: [])
    private var trace: (attributes: [XESAttribute], line: Int, index: Int) = ([], 0, -1)
    private var traceIsOut = false
    private var event = XESEvent(attributes: [], line: 0)
    private var events: [XESEvent] = []
    private var eventCount = 0
    private var batchWeight = 0
    /// Bytes of attributes gathered for what is being read now.
    private var heldWeight = 0
    private var reported: Set<String> = []
    private var lateInTraceIsReported = false
    private var lateInLogIsReported = false

    init(emitter: ChunkEmitter<XESItem>, options: XESReader.Options) {
        self.emitter = emitter
        self.options = options
    }

    mutating func take(_ token: XMLToken) throws {
        switch token {
        case .start(let name, let attributes, _, let line): try start(Self.local(name), attributes, line)
        case .end: try end()
        case .text(let line):
            if skipping == 0 {
                try once(
                    "text",
                    line,
                    "text stands between the elements",
                    "it is ignored; values belong into value=\"\""
                )
            }
        }
    }

    /// Delivers what has been read of a file that broke off.
    mutating func breakOff() throws {
        if scope != .document { try deliverHeader() }
        if trace.index >= 0, scope == .trace || scope == .event { try deliverTrace() }
        try deliverEvents()
    }

    /// The name without its namespace prefix.
    private static func local(_ name: String) -> String {
        guard let colon = name.utf8.lastIndex(of: 0x3a) else { return name }
        return String(name[name.utf8.index(after: colon)...])
    }

    // MARK: - Start tags

    private mutating func start(_ name: String, _ attributes: [XMLAttribute], _ line: Int) throws {
        if skipping > 0 {
            skipping += 1
            return
        }
        if scope == .document {
            guard name == "log" else {
                throw InterchangeError(
                    .notXES,
                    line: line,
                    what: "the root element is <\(name)>, not <log>",
                    mend: "give an XES file"
                )
            }
            header.version = attributes.first { $0.name == "xes.version" }?.value
            scope = .log
        } else if let kind = XESAttribute.Kind(rawValue: name) {
            try startAttribute(kind, attributes, line)
        } else if name == "values", let parent = open.last, parent.attribute.kind == .list, !parent.isValues {
            open.append(Open(attribute: XESAttribute(.list, key: ""), line: line, isValues: true))
            if attributes.contains(where: { $0.name == "key" && $0.value == XESWriter.containerMark }) {
                open[open.count - 2].attribute.kind = .container
            }
        } else if open.isEmpty {
            try startStructure(name, attributes, line)
        } else {
            try skip(name, line)
        }
    }

    private mutating func startAttribute(_ kind: XESAttribute.Kind, _ attributes: [XMLAttribute], _ line: Int) throws {
        let key = attributes.first { $0.name == "key" }?.value
        guard let key else {
            skipping = 1
            return try report(line, "<\(kind.rawValue)> has no key", "the attribute is skipped; give it a key")
        }
        let value = attributes.first { $0.name == "value" }?.value
        if value == nil, kind != .list, kind != .container {
            skipping = 1
            return try report(
                line,
                "<\(kind.rawValue) key=\"\(key.prefix(60))\"> has no value",
                "the attribute is skipped; give it a value"
            )
        }
        let isComposite = kind == .list || kind == .container
        heldWeight += 64 + key.utf8.count + (value?.utf8.count ?? 0)
        if heldWeight > options.maximumElementSize {
            throw InterchangeError(
                .tooLarge,
                line: line,
                what: "the attributes of one log, trace or event need more than \(options.maximumElementSize) bytes",
                mend: "raise maximumElementSize if the file is genuine"
            )
        }
        let name = options.restoresEscapedKeys ? XESNames.restored(key) : key
        open.append(Open(attribute: XESAttribute(kind, key: name, value: isComposite ? "" : value ?? ""), line: line))
    }

    private mutating func startStructure(_ name: String, _ attributes: [XMLAttribute], _ line: Int) throws {
        switch (scope, name) {
        case (.log, "trace"):
            try deliverHeader()
            trace = ([], line, trace.index + 1)
            traceIsOut = false
            lateInTraceIsReported = false
            eventCount = 0
            heldWeight = 0
            scope = .trace
        case (.trace, "event"):
            if !traceIsOut { try deliverTrace() }
            event = XESEvent(attributes: [], line: line)
            heldWeight = 0
            scope = .event
        case (.log, "event"):
            skipping = 1
            try once(
                "event in log",
                line,
                "an <event> stands directly in <log>",
                "such events belong to no case and are skipped; this is said once"
            )
        case (.log, "global"):
            globals = XESGlobals(scope: attributes.first { $0.name == "scope" }?.value, attributes: [])
            scope = .globals
        case (.log, "extension"): try takeExtension(attributes, line)
        case (.log, "classifier"): try takeClassifier(attributes, line)
        default: try skip(name, line)
        }
    }

    // MARK: - End tags

    private mutating func end() throws {
        if skipping > 0 {
            skipping -= 1
        } else if let closed = open.popLast() {
            if closed.isValues {
                open[open.count - 1].attribute.children += closed.attribute.children
            } else if open.isEmpty {
                try add(closed.attribute, closed.line)
            } else {
                open[open.count - 1].attribute.children.append(closed.attribute)
            }
        } else {
            try endStructure()
        }
    }

    private mutating func add(_ attribute: XESAttribute, _ line: Int) throws {
        switch scope {
        case .event: event.attributes.append(attribute)
        case .trace where !traceIsOut: trace.attributes.append(attribute)
        case .trace:
            try deliverEvents()
            try deliverLate(.trace, attribute, line)
        case .globals: globals.attributes.append(attribute)
        case .log where !headerIsOut: header.attributes.append(attribute)
        case .log: try deliverLate(.log, attribute, line)
        case .document, .behind: break
        }
    }

    private mutating func endStructure() throws {
        switch scope {
        case .event:
            events.append(event)
            eventCount += 1
            batchWeight += heldWeight
            scope = .trace
            if events.count >= XESReader.maximumBatch || batchWeight >= ChunkEmitter<XESItem>.chunkWeight {
                try deliverEvents()
            }
        case .trace:
            if !traceIsOut { try deliverTrace() }
            try deliverEvents()
            try emitter.emit(.traceEnd(eventCount: eventCount), weight: 32)
            heldWeight = 0
            scope = .log
        case .globals:
            if !headerIsOut { header.globals.append(globals) }
            scope = .log
        case .log:
            try deliverHeader()
            scope = .behind
        case .document, .behind: break
        }
    }

    // MARK: - Delivery

    private mutating func deliverHeader() throws {
        guard !headerIsOut else { return }
        headerIsOut = true
        try emitter.emit(.log(header), weight: 256 + heldWeight)
        header = XESLogHeader()
        heldWeight = 0
    }

    private mutating func deliverTrace() throws {
        guard !traceIsOut else { return }
        traceIsOut = true
        try emitter.emit(
            .traceBegin(attributes: trace.attributes, line: trace.line, index: trace.index),
            weight: 64 + heldWeight
        )
        trace.attributes = []
        heldWeight = 0
    }

    private mutating func deliverEvents() throws {
        guard !events.isEmpty else { return }
        let batch = events
        events = []
        try emitter.emit(.events(batch), weight: batchWeight)
        batchWeight = 0
    }

    /// The problem is said once for a trace, and once for the log.
    private mutating func deliverLate(_ whose: XESItem.Scope, _ attribute: XESAttribute, _ line: Int) throws {
        let isFirst = whose == .trace ? !lateInTraceIsReported : !lateInLogIsReported
        if isFirst {
            let place =
                whose == .trace ? "the trace stands behind its first event" : "the log stands behind its first trace"
            try report(
                line,
                "an attribute of \(place)",
                "it is delivered as a late attribute; move it to the front"
            )
        }
        if whose == .trace { lateInTraceIsReported = true } else { lateInLogIsReported = true }
        try emitter.emit(.lateAttributes(whose, [attribute]), weight: heldWeight)
        heldWeight = 0
    }

    // MARK: - Problems

    func report(_ line: Int, _ what: String, _ mend: String) throws {
        try emitter.emit(
            .problem(InterchangeProblem(line: line, what: what, mend: mend)),
            weight: 64 + what.utf8.count
        )
    }

    private mutating func once(_ kind: String, _ line: Int, _ what: String, _ mend: String) throws {
        if reported.count < 1000, reported.insert(kind).inserted { try report(line, what, mend) }
    }

    mutating func reportLate(_ name: String, _ line: Int) throws {
        try once(
            "late \(name)",
            line,
            "<\(name)> stands behind the first <trace>",
            "it is skipped; move it to the front"
        )
    }

    private mutating func skip(_ name: String, _ line: Int) throws {
        skipping = 1
        let parent = open.last.map { $0.isValues ? "values" : $0.attribute.kind.rawValue } ?? scope.rawValue
        try once(
            "\(name) in \(parent)",
            line,
            "the element <\(name)> has no meaning inside <\(parent)>",
            "it is skipped with all it holds; this is said once"
        )
    }
}
