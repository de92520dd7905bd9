import EventStore
import Foundation

/// Imports a log in XES (IEEE 1849-2016): each trace is a case, each event a step.
///
/// Streamed: a file of any size, a trace of any length, in constant memory. The order of the file is kept; times are
/// kept with the offset in which they are written, or in `timeZone` where one is given.
public struct XESImport: Sendable {
    /// How the file is to be read.
    public struct Options: Sendable {
        /// The zone whose calendar days count; nil: each time's own offset.
        public var timeZone: TimeZone?
        /// The zone of times that are written without an offset.
        public var zoneWithoutOffset: TimeZone = TimeZone(identifier: "Asia/Shanghai") ?? .gmt
        /// What the activities come to; nil: each is kept as a step.
        public var mapping: ImportMapping?
        /// The trace attribute that holds the time limit.
        public var deadlineAttribute = "deadline"
        /// The trace attribute that holds the end of the case.
        public var closedAttribute = "enddate"
        /// The trace attribute that holds the receipt; without it the first event's time is taken.
        public var receivedAttribute = "startdate"
        /// What to do with a record that cannot be read.
        public var policy = ProblemPolicy.skip
        /// Who imports; stored as `import:NAME`.
        public var importer = "xes"

        /// The defaults: those of the municipal logs of the CoSeLoG project.
        public init() {}

        /// The defaults of a mapping.
        public init(_ mapping: ImportMapping) {
            self.mapping = mapping
            let defaults = mapping.defaults
            timeZone = defaults.timeZone
            deadlineAttribute = defaults.deadline ?? deadlineAttribute
            closedAttribute = defaults.closed ?? closedAttribute
            receivedAttribute = defaults.received ?? receivedAttribute
            importer = defaults.importer ?? importer
        }
    }

    private let path: String
    private let options: Options
    private let reader: XESReader
    /// Steps, and bytes of their attributes, of one request; longer traces come in several.
    private static let partSize = 500
    /// The same with a mapping, where a step can come to several events.
    private static let mappedPartSize = AppendRequest.maximumEvents / ImportMapping.maximumFacts - 25
    private static let partBytes = 1 << 20

    /// An import of a file, `.xes` or `.xes.gz`; `-` for standard input.
    public init(path: String, options: Options = Options()) {
        self.path = path
        self.options = options
        reader = XESReader(path: path)
    }

    /// How far the file has been read.
    public var progress: ReadProgress { reader.progress }

    /// Imports into a log. Errors: ``InterchangeError`` (the file), ``ImportStopped`` (a record, with that policy),
    /// `AppendError` (the log). Whatever was imported before the error stays and is recognised next time.
    public func run(into log: EventLog) async throws -> ImportReport {
        try await outcome { log }.get()
    }

    /// Imports into the log that `open` gives, which is asked once the file is open and has turned out to be XES.
    /// Throws what is wrong until then; what ends the import later stands in the outcome, with what was done.
    public func outcome(into open: () async throws -> EventLog) async throws -> ImportOutcome {
        let actor = try Actor(Actor.importPrefix + options.importer)
        let source = path == "-" ? "standard input" : URL(fileURLWithPath: path).lastPathComponent
        var items = reader.makeAsyncIterator()
        let first = try await items.next()
        if let first, case .log(let header) = first { try options.mapping?.check(header) }
        let importer = CaseImporter(try await open(), actor: actor, source: source, mapping: options.mapping)
        return await withThrowingTaskGroup(of: ImportQueue.Done.self) { group in
            var queue = ImportQueue(importer, policy: options.policy)
            var trace: Trace?
            var tally = options.mapping.map(MappingTally.init)
            var failure: (any Error)?
            do {
                var item = first
                while let current = item {
                    try await take(current, &trace, &tally, &queue, &group)
                    item = try await items.next()
                }
            } catch {
                // What was read before the fault is brought in; then the fault is told.
                failure = error
            }
            queue.take(tally?.report)
            return await queue.finish(after: failure, &group)
        }
    }

    /// The trace that is being read.
    private struct Trace {
        var attributes: [XESAttribute]
        let line: Int
        let index: Int
        var number: CaseNumber?
        var receivedAt: ZonedTime?
        var steps: [CasePart.SourceStep] = []
        var bytes = 0
        var stepsBefore = 0
        var mapped: MappedCase?
        /// Attributes that could not be read; said once.
        var unreadable: Set<String> = []

        var isFull: Bool {
            steps.count >= (mapped == nil ? XESImport.partSize : XESImport.mappedPartSize)
                || bytes >= XESImport.partBytes
        }
    }

    private func take(
        _ item: XESItem,
        _ trace: inout Trace?,
        _ tally: inout MappingTally?,
        _ queue: inout ImportQueue,
        _ group: inout ImportQueue.Group
    ) async throws {
        switch item {
        case .log: break
        case .problem(let problem): try queue.note(problem)
        case .traceBegin(let attributes, let line, let index):
            var begun = Trace(attributes: attributes, line: line, index: index)
            begun.mapped = options.mapping.map(MappedCase.init)
            queue.readCase()
            do {
                begun.number = try number(of: begun)
            } catch {
                try queue.note(error)
            }
            trace = begun
        case .lateAttributes(.trace, let attributes): trace?.attributes += attributes
        case .lateAttributes: break
        case .events(let events):
            queue.readEvents(events.count)
            guard trace?.number != nil else { return }
            for event in events {
                do {
                    trace?.steps.append(try step(event))
                    trace?.bytes += event.attributes.reduce(0) { $0 + $1.value.utf8.count + $1.key.utf8.count }
                } catch {
                    try queue.note(error)
                }
                if trace?.isFull == true, let part = try part(&trace, last: false, &tally, &queue) {
                    try await queue.bringIn(part, in: &group)
                }
            }
        case .traceEnd:
            if let part = try part(&trace, last: true, &tally, &queue) {
                if part.firstStep == 0 {
                    try await queue.start(part, in: &group)
                } else {
                    try await queue.bringIn(part, in: &group)
                }
            }
            trace = nil
            tally?.endCase()
        }
    }

    private func number(of trace: Trace) throws(InterchangeProblem) -> CaseNumber {
        guard let name = trace.attributes.first(where: { $0.key == "concept:name" })?.value else {
            throw InterchangeProblem(
                line: trace.line,
                what: "trace \(trace.index + 1) has no concept:name",
                mend: "give it one: it becomes the number of the case"
            )
        }
        do {
            return try CaseNumber(name)
        } catch {
            throw InterchangeProblem(
                line: trace.line,
                what: "the concept:name of the trace: \(error)",
                mend: "shorten it"
            )
        }
    }

    /// The steps collected so far as a piece, with the limits of the case at its last piece.
    private func part(
        _ trace: inout Trace?,
        last: Bool,
        _ tally: inout MappingTally?,
        _ queue: inout ImportQueue
    ) throws -> CasePart? {
        guard var current = trace, let number = current.number else { return nil }
        func time(_ key: String) throws -> ZonedTime? {
            guard !current.unreadable.contains(key),
                let attribute = current.attributes.first(where: { $0.key == key }), !attribute.value.isEmpty
            else { return nil }
            do {
                return try self.time(attribute.value, what: key, line: current.line)
            } catch {
                current.unreadable.insert(key)
                try queue.note(error)
                return nil
            }
        }
        if current.receivedAt == nil { current.receivedAt = try time(options.receivedAttribute) ?? firstTime(current) }
        guard let receivedAt = current.receivedAt else {
            try queue.note(
                InterchangeProblem(
                    line: current.line,
                    what: "case \(number) has neither \(options.receivedAttribute) nor an event with a time",
                    mend: "give it one of them"
                )
            )
            trace = nil
            return nil
        }
        if current.mapped != nil { map(&current, receivedAt, &tally) }
        func told(_ key: String) throws -> CasePart.Told? {
            try time(key).map { CasePart.Told(at: $0, line: current.line) }
        }
        let part = CasePart(
            number: number,
            receivedAt: receivedAt,
            attributes: current.attributes,
            firstStep: current.stepsBefore,
            steps: current.steps,
            deadline: last || current.stepsBefore == 0 ? try told(options.deadlineAttribute) : nil,
            closings: last ? try [told(options.closedAttribute)].compactMap(\.self) : [],
            line: current.line,
            mayContinue: !last
        )
        current.stepsBefore += current.steps.count
        current.steps = []
        current.bytes = 0
        trace = current
        return part
    }

    /// Says what the steps of a piece come to, and counts it.
    private func map(_ trace: inout Trace, _ receivedAt: ZonedTime, _ tally: inout MappingTally?) {
        for index in trace.steps.indices {
            let source = trace.steps[index]
            guard var meaning = trace.mapped?.meaning(of: source.step) else { continue }
            // The receipt is the first event of a case, at the case's own time of receipt; else it is kept as a step.
            if meaning.facts == [.received], trace.stepsBefore + index > 0 || source.zonedTime != receivedAt {
                meaning = MappedCase.Meaning(facts: [], reason: Self.receiptElsewhere)
            }
            trace.steps[index].facts = meaning.facts
            tally?.take(meaning, of: source.step.activity)
        }
    }

    private static let receiptElsewhere = "the case was received at another moment"

    private func firstTime(_ trace: Trace) -> ZonedTime? {
        trace.steps.first.flatMap {
            ZonedTime(microsecondsSinceEpoch: $0.at.microseconds, offsetSeconds: Int32($0.step.offsetSeconds))
        }
    }

    private func step(_ event: XESEvent) throws(InterchangeProblem) -> CasePart.SourceStep {
        var activity: String?
        var performer: String?
        var lifecycle: String?
        var written: String?
        var others: [XESAttribute] = []
        for attribute in event.attributes {
            switch attribute.key {
            case "concept:name" where activity == nil && attribute.children.isEmpty: activity = attribute.value
            case "org:resource" where performer == nil && attribute.children.isEmpty: performer = attribute.value
            case "lifecycle:transition" where lifecycle == nil && attribute.children.isEmpty:
                lifecycle = attribute.value
            case "time:timestamp" where written == nil && attribute.children.isEmpty: written = attribute.value
            default: others.append(attribute)
            }
        }
        guard let activity, !activity.isEmpty else {
            throw InterchangeProblem(
                line: event.line,
                what: "the event has no concept:name",
                mend: "name what was done"
            )
        }
        guard let written else {
            throw InterchangeProblem(
                line: event.line,
                what: "the event has no time:timestamp",
                mend: "say when it happened"
            )
        }
        let at = try time(written, what: "time:timestamp", line: event.line)
        let step = Case.Step(
            activity: activity,
            performer: performer,
            lifecycle: lifecycle,
            offsetSeconds: Int(at.offsetSeconds),
            attributes: others
        )
        return CasePart.SourceStep(step: step, at: at.timestamp, line: event.line)
    }

    private func time(_ text: String, what: String, line: Int) throws(InterchangeProblem) -> ZonedTime {
        try ImportedTime.read(text, what: what, line: line, zone: options.timeZone, fallback: options.zoneWithoutOffset)
    }
}
