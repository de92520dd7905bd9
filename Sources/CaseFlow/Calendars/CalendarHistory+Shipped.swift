import Foundation

extension CalendarHistory {
    /// A calendar that comes with the program cannot be had.
    public struct NotShipped: Error, Sendable, CustomStringConvertible {
        /// What is missing or damaged, and what to do.
        public let description: String
    }

    /// The names of the calendars that come with the program.
    public static let shippedCodes = ["cn", "gb-eng"]

    /// A calendar that comes with the program: `cn`, China from 2015 on; `gb-eng`, England and Wales from 2015 on.
    public static func shipped(_ code: String) throws(NotShipped) -> CalendarHistory {
        guard shippedCodes.contains(code) else {
            let known = shippedCodes.joined(separator: ", ")
            throw NotShipped(description: "no calendar \"\(code)\" comes with the program, only: \(known)")
        }
        let file = Bundle.module.bundleURL.appendingPathComponent("Shipped/\(code).calendar")
        guard let text = try? String(contentsOf: file, encoding: .utf8) else {
            throw NotShipped(description: "the calendar \(file.path) is missing beside the program: install it again")
        }
        do throws(CalendarTextError) {
            return try CalendarHistory(parsing: text)
        } catch {
            throw NotShipped(description: "the calendar \(file.path) is damaged, \(error): install it again")
        }
    }
}
