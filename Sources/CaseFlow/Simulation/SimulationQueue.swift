/// What waits, the least first; of equals whatever came first. A binary heap: in and out cost the logarithm of how many
/// wait.
struct SimulationQueue<Element> {
    private struct Entry {
        let rank: Int64
        let order: UInt64
        let element: Element

        func comes(before other: Entry) -> Bool { (rank, order) < (other.rank, other.order) }
    }

    private var heap: [Entry] = []
    private var orders: UInt64 = 0

    var isEmpty: Bool { heap.isEmpty }
    var count: Int { heap.count }

    /// The least rank; nil where nothing waits.
    var firstRank: Int64? { heap.first?.rank }

    mutating func push(_ element: Element, rank: Int64) {
        orders += 1
        heap.append(Entry(rank: rank, order: orders, element: element))
        var child = heap.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            guard heap[child].comes(before: heap[parent]) else { break }
            heap.swapAt(child, parent)
            child = parent
        }
    }

    mutating func pop() -> (rank: Int64, element: Element)? {
        guard let first = heap.first else { return nil }
        let last = heap.removeLast()
        if !heap.isEmpty {
            heap[0] = last
            var parent = 0
            while true {
                var least = parent
                for child in [2 * parent + 1, 2 * parent + 2]
                where child < heap.count && heap[child].comes(before: heap[least]) {
                    least = child
                }
                if least == parent { break }
                heap.swapAt(parent, least)
                parent = least
            }
        }
        return (first.rank, first.element)
    }
}
