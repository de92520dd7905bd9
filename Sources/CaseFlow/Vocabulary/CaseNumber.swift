import EventStore
import Foundation

/// The number by which people know a case (办件编号), for example `410122103-2026-000001`; in an imported log the
/// trace's `concept:name`.
public struct CaseNumber: LogText {
    /// "a case's number"
    public static let kind = "a case's number"
    /// 100 bytes
    public static let limit = 100
    /// The text.
    public let rawValue: String
    /// Takes a checked text.
    public init(trusted: String) { rawValue = trusted }

    /// The stream of the case. The same number in the same log is always the same stream: a number is given once, an
    /// import can be repeated, and many can work at once without asking each other.
    public func stream(in log: LogID) -> StreamName {
        let id = UUID(nameBased: ["caseflow-imported-case", log.rawValue, rawValue])
        return StreamName(trusted: "case/\(id.uuidString.lowercased())")
    }
}
