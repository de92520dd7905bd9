import EventStore
import Foundation
import WorkingTime

extension LateClocks {
    /// A text that leads to no page of the question.
    public struct WrongCursor: Error, Sendable, CustomStringConvertible {
        /// What is wrong with it.
        public let description: String
    }

    /// Where a page begins: behind which row, and of which question. Base64url of JSON.
    struct Cursor: Codable {
        /// Local day, ISO 8601, and microseconds since the epoch.
        let day: String
        let known: Int64
        /// Everything else of the question.
        let question: String
        let place: Place

        init(_ question: LateClocks, _ place: Place) {
            day = question.asOf.description
            known = question.knownAt.microseconds
            self.question = question.words
            self.place = place
        }

        init(_ text: String) throws(WrongCursor) {
            var base64 = text.replacing("-", with: "+").replacing("_", with: "/")
            base64 += String(repeating: "=", count: (4 - base64.utf8.count % 4) % 4)
            guard let data = Data(base64Encoded: base64), let read = try? JSONDecoder().decode(Cursor.self, from: data)
            else { throw WrongCursor(description: "'\(text.prefix(40))' is not the 'next' of an answer") }
            self = read
        }

        init(_ text: String, of question: LateClocks) throws(WrongCursor) {
            self = try Cursor(text)
            guard self.question == question.words, day == question.asOf.description,
                known == question.knownAt.microseconds, place.texts.count == question.texts.count
            else { throw WrongCursor(description: "it belongs to another question: ask with the same options") }
        }

        var text: String {
            let encoder = JSONEncoder()
            encoder.outputFormatting = .sortedKeys
            // Texts and numbers can always be encoded.
            let data = (try? encoder.encode(self)) ?? Data()
            return data.base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing(
                "=",
                with: ""
            )
        }
    }

    /// The day and the moment that a cursor's question is about.
    public static func moment(ofCursor text: String) throws(WrongCursor) -> (asOf: CivilDate, knownAt: Timestamp) {
        let cursor = try Cursor(text)
        guard let day = try? CivilDate(cursor.day) else { throw WrongCursor(description: "it names no day") }
        return (day, Timestamp(microseconds: cursor.known))
    }

    /// All of the question but its day and moment.
    private var words: String {
        let wanted = [
            filters.unit, filters.department, filters.officer, filters.item, filters.channel, filters.clock,
        ]
        let filters = wanted.map { $0.map { "\($0.utf8.count):\($0)" } ?? "-" }.joined(separator: ",")
        return "\(state.rawValue) \(light.rawValue) \(atLeast) \(sort.rawValue) \(filters)"
    }
}
