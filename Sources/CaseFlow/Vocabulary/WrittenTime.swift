import Foundation
import WorkingTime

/// A moment as a file writes it: with an offset, without one, or as a date alone.
public enum WrittenTime: Sendable, Hashable {
    /// Date, time and offset: an instant.
    case zoned(ZonedTime)
    /// Date and time without an offset; the caller must know the zone.
    case local(LocalTime)
    /// A date alone; the caller must know the zone and the time of day that is meant.
    case date(CivilDate)

    /// Why a text is no moment.
    public struct Invalid: Error, Sendable, Hashable, CustomStringConvertible {
        /// The text, cut to 60 characters.
        public var text: String
        /// What is wrong with it.
        public var what: String

        /// The text, what is wrong, and what would be right.
        public var description: String {
            "\"\(text)\" is not a date and time: \(what); write it as 2011-10-11T13:42:22.688+02:00"
        }
    }

    /// Parses the forms of `xs:dateTime` (XML Schema 1.0, 3.2.7), RFC 3339 and ISO 8601 that files contain:
    /// `2011-10-11T13:42:22.688+02:00`, with `Z`, `+0200` or `+02` as the offset or without one, with a space for the
    /// `T`, without seconds, or the date alone. Up to nine digits of a second are read and cut to microseconds.
    /// `24:00:00` is midnight at the end of the day. A leap second (`:60`) is refused.
    /// - Throws: ``Invalid``.
    public init(_ text: String) throws(Invalid) {
        do {
            self = try Self.parse(text.utf8.span)
        } catch {
            throw Invalid(text: String(text.prefix(60)), what: error.what)
        }
    }

    /// The instant, where the zone decides what the text leaves open; a date alone is its first moment.
    /// See ``LocalTime/resolved(in:)`` for times that the zone skips or has twice.
    /// - Returns: `nil` outside the years 0001 to 9999.
    public func resolved(in zone: TimeZone) -> ZonedTime? {
        switch self {
        case .zoned(let time): time
        case .local(let time): time.resolved(in: zone)
        case .date(let date): LocalTime(validDate: date, microsecondOfDay: 0).resolved(in: zone)
        }
    }

    /// Whether the text is an `xs:dateTime` (XML Schema 1.0, 3.2.7) of the years 0001 to 9999.
    static func isXMLSchemaDateTime(_ text: String) -> Bool {
        let bytes = text.utf8.span
        guard bytes.count >= 19, bytes[10] == 0x54, bytes[16] == 0x3a, bytes[18] != 0x2c else { return false }
        var position = 19
        if position < bytes.count, bytes[position] == 0x2c { return false }
        if position < bytes.count, bytes[position] == 0x2e {
            position += 1
            while position < bytes.count, (0x30...0x39).contains(bytes[position]) { position += 1 }
        }
        let rest = bytes.count - position
        let isFitting = rest == 0 || (rest == 1 && bytes[position] == 0x5a) || (rest == 6 && bytes[position] != 0x20)
        guard isFitting else { return false }
        return (try? parse(bytes)) != nil
    }

    private struct Fault: Error {
        var what: String
    }

    private static func parse(_ bytes: Span<UInt8>) throws(Fault) -> WrittenTime {
        guard bytes.count >= 10, bytes[4] == 0x2d, bytes[7] == 0x2d else {
            throw Fault(what: "it does not begin with a date such as 2011-10-11")
        }
        let year = try number(bytes, 0, 4)
        let month = try number(bytes, 5, 2)
        let day = try number(bytes, 8, 2)
        let date: CivilDate
        do {
            date = try CivilDate(year: year, month: month, day: day)
        } catch {
            throw Fault(what: error.description)
        }
        if bytes.count == 10 { return .date(date) }
        guard bytes[10] == 0x54 || bytes[10] == 0x20 || bytes[10] == 0x74 else {
            throw Fault(what: "behind the date stands neither T nor a space")
        }
        var position = 11
        let time = try timeOfDay(bytes, &position)
        let local: LocalTime
        if time == ZonedTime.dayLength {
            guard let next = date.adding(days: 1) else { throw Fault(what: "it lies beyond the year 9999") }
            local = LocalTime(validDate: next, microsecondOfDay: 0)
        } else {
            local = LocalTime(validDate: date, microsecondOfDay: time)
        }
        if position == bytes.count { return .local(local) }
        let offset = try offset(bytes, &position)
        guard position == bytes.count else { throw Fault(what: "something follows the offset") }
        let instant = local.microsecondsOnTheWall - Int64(offset) * 1_000_000
        guard let zoned = ZonedTime(microsecondsSinceEpoch: instant, offsetSeconds: offset) else {
            throw Fault(what: "the offset is beyond 14:00")
        }
        return .zoned(zoned)
    }

    /// Microseconds of the day; a whole day for `24:00:00`.
    private static func timeOfDay(_ bytes: Span<UInt8>, _ position: inout Int) throws(Fault) -> Int64 {
        guard bytes.count >= 16, bytes[13] == 0x3a else { throw Fault(what: "the time is not of the form 13:42:22") }
        let hour = try number(bytes, 11, 2)
        let minute = try number(bytes, 14, 2)
        position = 16
        var second = 0
        var micros: Int64 = 0
        if position < bytes.count, bytes[position] == 0x3a {
            second = try number(bytes, 17, 2)
            position = 19
            micros = try fraction(bytes, &position)
        }
        if minute > 59 { throw Fault(what: "the minute \(minute) is not in 00...59") }
        if second == 60 { throw Fault(what: "a leap second (second 60) has no place on this time line") }
        if second > 59 { throw Fault(what: "the second \(second) is not in 00...59") }
        if hour == 24, minute == 0, second == 0, micros == 0 { return ZonedTime.dayLength }
        if hour > 23 { throw Fault(what: "the hour \(hour) is not in 00...23, nor is it 24:00:00") }
        return Int64(hour * 3600 + minute * 60 + second) * 1_000_000 + micros
    }

    private static func fraction(_ bytes: Span<UInt8>, _ position: inout Int) throws(Fault) -> Int64 {
        guard position < bytes.count, bytes[position] == 0x2e || bytes[position] == 0x2c else { return 0 }
        position += 1
        let start = position
        var value: Int64 = 0
        while position < bytes.count, (0x30...0x39).contains(bytes[position]) {
            if position - start < 6 { value = value * 10 + Int64(bytes[position] - 0x30) }
            position += 1
        }
        let digits = position - start
        guard (1...9).contains(digits) else {
            throw Fault(what: "a second has \(digits) digits behind the point, not 1...9")
        }
        for _ in min(digits, 6)..<6 { value *= 10 }
        return value
    }

    private static func offset(_ bytes: Span<UInt8>, _ position: inout Int) throws(Fault) -> Int32 {
        if bytes[position] == 0x20, position + 1 < bytes.count { position += 1 }
        let sign = bytes[position]
        position += 1
        if sign == 0x5a || sign == 0x7a { return 0 }
        guard sign == 0x2b || sign == 0x2d else { throw Fault(what: "the offset is not of the form +02:00 or Z") }
        let hours = try number(bytes, position, 2)
        position += 2
        var minutes = 0
        if position < bytes.count {
            if bytes[position] == 0x3a { position += 1 }
            minutes = try number(bytes, position, 2)
            position += 2
        }
        if minutes > 59 { throw Fault(what: "the offset's minutes \(minutes) are not in 00...59") }
        let seconds = Int32(truncatingIfNeeded: hours * 3600 + minutes * 60)
        return sign == 0x2d ? -seconds : seconds
    }

    private static func number(_ bytes: Span<UInt8>, _ start: Int, _ count: Int) throws(Fault) -> Int {
        guard start + count <= bytes.count else { throw Fault(what: "it ends too early") }
        var value = 0
        for i in start..<(start + count) {
            guard (0x30...0x39).contains(bytes[i]) else { throw Fault(what: "there is no digit at position \(i + 1)") }
            value = value * 10 + Int(bytes[i] - 0x30)
        }
        return value
    }
}
