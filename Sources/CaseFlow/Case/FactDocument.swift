import EventStore

/// A fact of a case's procedure as a JSON document: its name, and its members as they stand in the events.
///
/// `{"fact": "stage-signed", "stage": "papers", "finding": "agreement"}`
public struct FactDocument: Sendable {
    /// Why a document is no fact.
    public struct Problem: Error, Sendable, CustomStringConvertible {
        /// What is wrong and what to do.
        public let description: String
    }

    /// The fact.
    public let fact: Case.ProcedureFact

    /// The names that `fact` may have, in alphabetical order.
    public static let names = Case.Coding.recordable.keys.sorted()

    /// Reads a document. Throws ``Problem``.
    public init(_ bytes: [UInt8]) throws(Problem) {
        let json: StoredJSON
        do { json = try StoredJSON(bytes) } catch { throw Problem(description: "it is no JSON: \(error)") }
        guard case .object = json, let name = json["fact"]?.string else {
            throw Problem(description: "it needs a member 'fact': one of \(Self.names.joined(separator: ", "))")
        }
        guard let type = Case.Coding.recordable[name] else {
            throw Problem(description: "'\(name)' is no fact; 'fact' is one of \(Self.names.joined(separator: ", "))")
        }
        let members = StoredMembers(json: json) { Problem(description: "of '\(name)': \($0)") }
        do {
            guard let fact = try Case.Coding.procedureFact(type, members) else {
                throw Problem(description: "'\(name)' is no fact")
            }
            self.fact = fact
        } catch let problem as Problem {
            throw problem
        } catch {
            throw Problem(description: "\(error)")
        }
    }
}

extension Case.Coding {
    /// What an officer can record by a document, by name. The rules of a case are pinned by its receipt, and stages begin
    /// and end by the procedure.
    static let recordable: [String: EventType] = {
        let types: [EventType] = [
            "case.supplement-noticed/1", "case.supplement-received/1", "case.accepted/1", "case.acceptance-refused/1",
            "case.suspended/1", "case.resumed/1", "case.extended/1", "case.decided/1", "case.delivered/1",
            "case.withdrawn/1", "case.terminated/1", "case.rated/1", "case.called-back/1", "case.review-accepted/1",
            "case.review-forwarded/1", "case.stage-begun/1", "case.stage-ended/1",
            correctedOnSpot, materialDeferred, materialFollowed, fileReturned, assigned, handedOver, stageSigned,
            returned,
            forwarded, answered, hearingAsked, hearingAnnounced, hearingHeld, hearingWaived, exceptionDeclared, sealed,
            issued,
            visited,
            complained, complaintAnswered, recordCorrected,
        ]
        return Dictionary(
            uniqueKeysWithValues: types.map { type in
                (String(type.rawValue.dropFirst("case.".count).prefix { $0 != "/" }), type)
            }
        )
    }()
}
