import Foundation

/// How times of a source become times of the log.
enum ImportedTime {
    static func read(
        _ text: String,
        what: String,
        line: Int,
        zone: TimeZone?,
        fallback: TimeZone
    ) throws(InterchangeProblem) -> ZonedTime {
        let written: WrittenTime
        do {
            written = try WrittenTime(text)
        } catch {
            throw InterchangeProblem(
                line: line,
                what: "\(what): \(error.what)",
                mend: "write it as 2011-10-11T13:42:22+02:00"
            )
        }
        let resolved: ZonedTime? =
            if case .zoned(let time) = written {
                if let zone { time.shifted(to: zone) } else { time }
            } else {
                written.resolved(in: zone ?? fallback)
            }
        guard let resolved else {
            throw InterchangeProblem(
                line: line,
                what: "\(what) lies outside the years 1 to 9999",
                mend: "correct the year"
            )
        }
        return resolved
    }
}
