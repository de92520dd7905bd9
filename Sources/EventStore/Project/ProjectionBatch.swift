/// What a projection takes in at once: the log from one position to another, or whole streams from one name to another.
struct ProjectionBatch: Sendable {
    enum Step: Sendable {
        /// What lies behind one position and up to another.
        case positions(after: Int64, upTo: Int64)
        /// The streams behind one name and up to another, as they stand at a position.
        case streams(after: String, upTo: String, through: Int64)

        /// The position at which whole streams are taken.
        var through: Int64? {
            switch self {
            case .positions: nil
            case .streams(_, _, let through): through
            }
        }
    }

    let step: Step
    /// By position.
    let events: [RecordedEvent]
    /// By position.
    let unreadable: [UnreadableRow]
    /// What others who are given the same batch have read of it.
    var shared: SharedReadings?
    /// How many rows there are, readable or not.
    var count: Int64 { Int64(events.count + unreadable.count) }

    init(_ batch: EventBatch) {
        step = .positions(after: batch.after, upTo: batch.upTo)
        (events, unreadable) = (batch.events, batch.unreadable)
    }

    init(_ rows: [StoredEvent], _ step: Step) {
        let batch = EventBatch(rows.sorted { $0.position < $1.position }, after: 0, upTo: 0)
        self.step = step
        (events, unreadable) = (batch.events, batch.unreadable)
    }
}
