import EventStore
import Foundation

/// A piece of a case as a source tells it: all of it, or some of its steps, in the source's order.
struct CasePart: Sendable {
    struct SourceStep: Sendable {
        let step: Case.Step
        let at: Timestamp
        let line: Int
    }

    let number: CaseNumber
    let receivedAt: ZonedTime
    let attributes: [XESAttribute]
    /// How many steps of the case came in earlier pieces.
    let firstStep: Int
    let steps: [SourceStep]
    let deadline: ZonedTime?
    let closedAt: ZonedTime?
    /// Where the piece begins in the file.
    let line: Int
}

/// Brings pieces of cases into a log, each as one request, so that a crash leaves whole pieces.
///
/// Repeating an import adds nothing: a piece that is there is recognised by its content, step by step. A case that has
/// grown since gets what is new. A case that is there with other content is refused, and named.
struct CaseImporter: Sendable {
    enum Outcome: Sendable {
        case added(isNew: Bool, steps: Int, appended: Int)
        case unchanged
        case refused(InterchangeProblem)
    }

    private let log: EventLog
    private let actor: Actor
    private let source: String

    init(_ log: EventLog, actor: Actor, source: String) {
        self.log = log
        self.actor = actor
        self.source = source
    }

    func bringIn(_ part: CasePart) async throws -> Outcome {
        let stream = part.number.importedStream(in: log.id)
        if part.firstStep == 0 {
            // Most cases are new: no question asked first.
            do {
                let count = try await append(part, from: 0, to: stream, state: Case.initial, head: .none)
                return .added(isNew: true, steps: part.steps.count, appended: count)
            } catch AppendError.conflict {
                // It is there already, in whole or in part.
            } catch AppendError.invalid(let why) {
                return .refused(
                    InterchangeProblem(line: part.line, what: "case \(part.number): \(why)", mend: "shorten it")
                )
            }
        }
        for _ in 0..<8 {
            let (state, head) = try await fold(stream)
            if part.firstStep > state.steps {
                return .refused(problem(part, "case \(part.number): earlier steps of it are not in the log"))
            }
            if let difference = try await difference(part, stream, state) { return .refused(difference) }
            let known = min(part.steps.count, state.steps - part.firstStep)
            do {
                let isNew = state.phase == .unknown
                let count = try await append(part, from: known, to: stream, state: state, head: head)
                if count == 0 { return .unchanged }
                return .added(isNew: isNew, steps: part.steps.count - known, appended: count)
            } catch AppendError.conflict {
                continue  // somebody else imports the same case at this moment
            } catch let rejection as Case.Rejection {
                return .refused(problem(part, "case \(part.number): \(rejection)"))
            }
        }
        return .refused(problem(part, "case \(part.number) is being changed by others all the time"))
    }

    private func fold(_ stream: StreamName) async throws -> (Case.State, StreamHead) {
        var state = Case.initial
        var head = StreamHead.none
        for try await recorded in log.readStream(stream) {
            Case.evolve(&state, try Case.Coding.decode(recorded))
            head = StreamHead(version: recorded.version, leaf: recorded.leaf, recordedAt: recorded.recordedAt)
        }
        return (state, head)
    }

    /// Decides and stores what is new of a piece; returns how many events that were.
    private func append(
        _ part: CasePart,
        from known: Int,
        to stream: StreamName,
        state: Case.State,
        head: StreamHead
    ) async throws -> Int {
        var state = state
        var new: [NewEvent] = []
        func decide(_ command: Case.Command, line: Int) throws {
            for event in try Case.decide(command, state) {
                Case.evolve(&state, event)
                var encoded = Case.Coding.encode(event, actor: actor)
                encoded.metadata = metadata(line: line)
                new.append(encoded)
            }
        }
        if state.phase == .unknown {
            try decide(.receive(number: part.number, at: part.receivedAt, attributes: part.attributes), line: part.line)
        }
        if let deadline = part.deadline { try decide(.setDeadline(deadline), line: part.line) }
        for source in part.steps.dropFirst(known) {
            try decide(.recordStep(source.step, at: source.at), line: source.line)
        }
        if let closedAt = part.closedAt, state.closedAt != closedAt {
            try decide(.close(at: closedAt), line: part.line)
        }
        if new.isEmpty { return 0 }
        let write = StreamWrite(
            stream,
            expected: head.version == 0 ? .noStream : .exact(head.version),
            events: new,
            knownHead: head.version == 0 ? nil : head
        )
        _ = try await log.appendImported(AppendRequest(id: UUID(), writes: [write]))
        return new.count
    }

    /// Where what the log has of these steps differs from what the source says; nil if nowhere.
    private func difference(_ part: CasePart, _ stream: StreamName, _ state: Case.State) async throws
        -> InterchangeProblem?
    {
        if part.firstStep == 0, state.phase != .unknown, state.receivedAt != part.receivedAt {
            return problem(part, "case \(part.number) is in the log already, received at another time")
        }
        var index = 0
        for try await recorded in log.readStream(stream) where recorded.type == Case.Coding.stepRecorded {
            defer { index += 1 }
            guard index >= part.firstStep else { continue }
            guard index - part.firstStep < part.steps.count else { break }
            let source = part.steps[index - part.firstStep]
            guard case .stepRecorded(let stored) = try Case.Coding.decode(recorded).fact else { continue }
            if stored != source.step || recorded.effectiveAt != source.at {
                let what = "case \(part.number) is in the log already, with another step \(index + 1)"
                return InterchangeProblem(line: source.line, what: what, mend: Self.otherNumber)
            }
        }
        return nil
    }

    private static let otherNumber =
        "if it is another case give it another number, if the source has corrected itself import into a log of its own"

    private func problem(_ part: CasePart, _ what: String) -> InterchangeProblem {
        InterchangeProblem(line: part.line, what: what, mend: Self.otherNumber)
    }

    private func metadata(line: Int) -> [UInt8] {
        var bytes = Array("\"source\":".utf8)
        StoredJSONWriter.append(source, to: &bytes)
        bytes.append(contentsOf: ",\"line\":\(line)".utf8)
        return bytes
    }
}
