/// Where streams stand, as far as this daemon knows: bounded, the least used half forgotten when it is full.
///
/// Two generations: what is used moves to the young one; when that is full it becomes the old one and the old one goes.
struct HeadCache {
    private var young: [StreamName: StreamHead] = [:]
    private var old: [StreamName: StreamHead] = [:]
    private let half: Int

    /// Keeps at most `limit` heads.
    init(limit: Int) { half = max(1, limit / 2) }

    subscript(stream: StreamName) -> StreamHead? {
        mutating get {
            if let head = young[stream] { return head }
            guard let head = old[stream] else { return nil }
            self[stream] = head
            return head
        }
        set {
            old[stream] = nil
            young[stream] = newValue
            if young.count > half {
                old = young
                young = [:]
            }
        }
    }
}
