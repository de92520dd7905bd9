import EventStore
import Foundation

/// Brings pieces of cases into a log, each as one request, so that a crash leaves whole pieces.
///
/// Repeating an import adds nothing: a piece that is there is recognised by its content, step by step. A case that has
/// grown since gets what is new. A case that is there with another receipt or other steps is refused, and named;
/// what the source says about a case as a whole (its attributes) is taken once, at its receipt. Another time limit is
/// news only when it is the last that the source tells of the case: see ``ImportQueue``.
struct CaseImporter: Sendable {
    /// What became of a piece.
    struct Outcome: Sendable {
        /// Whether the case was new to the log.
        var isNew = false
        /// Steps that were stored.
        var steps = 0
        /// Events that were stored; none when all was there already.
        var appended = 0
        /// Whether the piece tells another limit than the log has, and nothing else that is new: it is not set yet.
        var deadlineWaits = false
        /// What was left out of a piece that was taken.
        var problems: [InterchangeProblem] = []
        /// Why the piece was not taken.
        var refusal: InterchangeProblem?
    }

    /// Where a case stands after one of its pieces: what the next piece would otherwise read all over again.
    struct Standing: Sendable {
        let stream: StreamName
        var state: Case.State
        var head: StreamHead
        /// The source's steps that were held against the log, or stored.
        var compared: Int
        /// The version up to which they reach.
        var comparedTo: Int64
    }

    let log: EventLog
    private let actor: Actor
    private let source: String
    private let mapping: ImportMapping?

    init(_ log: EventLog, actor: Actor, source: String, mapping: ImportMapping? = nil) {
        self.log = log
        self.actor = actor
        self.source = source
        self.mapping = mapping
    }

    /// Brings in a piece. `earlier` is where the piece before it left the case, if that is known; what is known
    /// afterwards is returned.
    func bringIn(_ part: CasePart, after earlier: Standing? = nil) async throws -> (Outcome, Standing?) {
        let stream = part.number.stream(in: log.id)
        do {
            if part.firstStep == 0 {
                // Most cases are new: no question asked first.
                do {
                    var standing = Standing(
                        stream: stream,
                        state: Case.initial,
                        head: .none,
                        compared: 0,
                        comparedTo: 0
                    )
                    return (try await append(part, from: 0, to: &standing), standing)
                } catch AppendError.conflict {
                    // It is there already, in whole or in part.
                }
            }
            var known = earlier?.stream == stream && earlier?.compared == part.firstStep ? earlier : nil
            for _ in 0..<Self.tries {
                var standing = try await self.standing(of: stream, known)
                known = nil
                if part.firstStep > standing.state.steps {
                    return refused(part, "case \(part.number): earlier steps of it are not in the log")
                }
                if let difference = try await difference(part, &standing) { return (Outcome(refusal: difference), nil) }
                let stored = min(part.steps.count, standing.state.steps - part.firstStep)
                do {
                    return (try await append(part, from: stored, to: &standing), standing)
                } catch AppendError.conflict {
                    continue  // somebody else imports the same case at this moment
                }
            }
            return (Outcome(refusal: Self.contended(part.number, line: part.line)), nil)
        } catch let rejection as Case.Rejection {
            return refused(part, "case \(part.number): \(rejection)")
        } catch let damage as UnreadableRow {
            return (Outcome(refusal: Self.damaged(part.number, damage, line: part.line)), nil)
        } catch let damage as UnreadableEvent {
            return (Outcome(refusal: Self.damaged(part.number, damage, line: part.line)), nil)
        } catch AppendError.invalid(let why) {
            let what = "case \(part.number): \(why)"
            return (Outcome(refusal: InterchangeProblem(line: part.line, what: what, mend: "shorten it")), nil)
        }
    }

    /// What stands in the log of the case is no event, or none that this program knows: the case is left alone.
    private static func damaged(_ number: CaseNumber, _ damage: some Error, line: Int) -> InterchangeProblem {
        InterchangeProblem(
            line: line,
            what: "case \(number) cannot be read back from the log: \(damage)",
            mend: "mend the log first"
        )
    }

    /// How often a piece is tried that others are faster with.
    private static let tries = 8

    /// Others were faster every time; or the head of the case's stream is not its last event, which ends the same way.
    private static func contended(_ number: CaseNumber, line: Int) -> InterchangeProblem {
        InterchangeProblem(
            line: line,
            what: "case \(number) was changed by others each of \(tries) times that this was tried",
            mend: "import the file again, which adds only what is missing; if it stays so, run `caseflowd log verify`"
        )
    }

    /// Sets the limit of a case that is in the log, unless it has it.
    func set(_ deadline: CasePart.Told, of number: CaseNumber) async throws -> Outcome {
        for _ in 0..<Self.tries {
            let standing = try await standing(of: number.stream(in: log.id), nil)
            var state = standing.state
            let new = try decide(.setDeadline(deadline.at), &state, line: deadline.line)
            do {
                return Outcome(appended: try await append(new, to: standing)?.count ?? 0)
            } catch AppendError.conflict {
                continue  // somebody else adds to the case at this moment
            }
        }
        return Outcome(refusal: Self.contended(number, line: deadline.line))
    }

    /// Where a case stands in the log: as known, if nobody has added to it since, else read from the beginning.
    private func standing(of stream: StreamName, _ known: Standing?) async throws -> Standing {
        if let known, try await log.head(of: stream).version == known.head.version { return known }
        var standing = Standing(stream: stream, state: Case.initial, head: .none, compared: 0, comparedTo: 0)
        for try await recorded in log.readStream(stream) {
            Case.evolve(&standing.state, try Case.Coding.decode(recorded))
            standing.head = StreamHead(version: recorded.version, leaf: recorded.leaf, recordedAt: recorded.recordedAt)
        }
        return standing
    }

    /// Decides and stores what is new of a piece.
    private func append(_ part: CasePart, from known: Int, to standing: inout Standing) async throws -> Outcome {
        var state = standing.state
        var outcome = Outcome(isNew: state.phase == .unknown)
        var told = known
        var new: [NewEvent] = []
        if outcome.isNew {
            let receipt = Case.Command.receive(
                number: part.number,
                at: part.receivedAt,
                attributes: part.attributes,
                source: part.receipt?.step
            )
            new += try decide(receipt, &state, line: part.receipt?.line ?? part.line, isMapped: part.receipt != nil)
            told = state.steps
        }
        if let deadline = part.deadline {
            let isAllThere =
                !outcome.isNew && known == part.steps.count && (state.phase == .closed || part.closings.isEmpty)
            if isAllThere {
                outcome.deadlineWaits = state.deadline != deadline.at
            } else {
                new += try decide(.setDeadline(deadline.at), &state, line: deadline.line)
            }
        }
        for (index, source) in part.steps.enumerated().dropFirst(told) {
            if source.facts.isEmpty {
                new += try decide(.recordStep(source.step, at: source.at), &state, line: source.line)
            } else {
                let command = Case.Command.recordImported(
                    source.facts,
                    at: source.zonedTime,
                    source: source.step,
                    index: part.firstStep + index
                )
                new += try decide(command, &state, line: source.line, isMapped: true)
            }
        }
        for closing in part.closings {
            do {
                new += try decide(.close(at: closing.at), &state, line: closing.line)
            } catch Case.Rejection.alreadyClosed(let at) {
                let what = "case \(part.number) was closed at \(at): its other end, \(closing.at), is left out"
                outcome.problems.append(
                    InterchangeProblem(line: closing.line, what: what, mend: "correct the one that is wrong")
                )
            }
        }
        outcome.steps = part.steps.count - known
        guard let result = try await append(new, to: standing) else { return outcome }
        outcome.appended = result.count
        standing.state = state
        standing.head = result.head
        standing.compared = part.firstStep + part.steps.count
        // Where the log holds more steps than the source has told so far, the comparison goes on behind those compared.
        if standing.compared == state.steps { standing.comparedTo = standing.head.version }
        return outcome
    }

    /// What a command makes of a case, with the place in the source that told it.
    private func decide(
        _ command: Case.Command,
        _ state: inout Case.State,
        line: Int,
        isMapped: Bool = false
    ) throws -> [NewEvent] {
        try Case.decide(command, state).map { event in
            Case.evolve(&state, event)
            var encoded = Case.Coding.encode(event, actor: actor)
            encoded.metadata = metadata(line: line, mapping: isMapped ? mapping : nil)
            return encoded
        }
    }

    /// Stores events as one request behind where the case stands; nil where there is nothing to store.
    private func append(_ new: [NewEvent], to standing: Standing) async throws -> (count: Int, head: StreamHead)? {
        if new.isEmpty { return nil }
        let head = standing.head
        let write = StreamWrite(
            standing.stream,
            expected: head.version == 0 ? .noStream : .exact(head.version),
            events: new,
            knownHead: head.version == 0 ? nil : head
        )
        let result = try await log.appendImported(AppendRequest(id: UUID(), writes: [write]))
        return (new.count, result.heads.first ?? head)
    }

    static let otherNumber =
        "if it is another case give it another number, if the source has corrected itself import into a log of its own"

    private func refused(_ part: CasePart, _ what: String) -> (Outcome, Standing?) {
        (Outcome(refusal: problem(part, what)), nil)
    }

    func problem(_ part: CasePart, _ what: String) -> InterchangeProblem {
        InterchangeProblem(line: part.line, what: what, mend: Self.otherNumber)
    }

    private func metadata(line: Int, mapping: ImportMapping?) -> [UInt8] {
        var bytes = Array("\"source\":".utf8)
        StoredJSONWriter.append(source, to: &bytes)
        bytes.append(contentsOf: ",\"line\":\(line)".utf8)
        if let mapping {
            bytes.append(contentsOf: ",\"mapping\":".utf8)
            StoredJSONWriter.append(mapping.name.rawValue, to: &bytes)
            bytes.append(contentsOf: ",\"mappingDigest\":".utf8)
            StoredJSONWriter.append(mapping.digest, to: &bytes)
        }
        return bytes
    }
}
