import Foundation

/// The producer's side: gathers elements into chunks, so that handing over costs little.
final class ChunkEmitter<Element: Sendable> {
    /// Thrown through the producer when the consumer has gone; never reaches a consumer.
    struct ConsumerGone: Error {}

    private let channel: HandOver<Element>
    private var chunk: [Element] = []
    private var weight = 0

    /// A chunk is handed over when it weighs this much, in bytes.
    static var chunkWeight: Int { 256 * 1024 }

    init(_ channel: HandOver<Element>) {
        self.channel = channel
    }

    /// - Parameter weight: about how many bytes the element holds.
    func emit(_ element: Element, weight elementWeight: Int) throws {
        chunk.append(element)
        weight += elementWeight
        if weight >= Self.chunkWeight || chunk.count >= 1024 { try flush() }
    }

    func flush() throws {
        guard !chunk.isEmpty else { return }
        let full = chunk
        chunk = []
        weight = 0
        if !channel.send(full) { throw ConsumerGone() }
    }
}

/// Elements made by blocking code on a thread of its own, consumed as an `AsyncSequence` in constant memory.
///
/// Every iteration starts a new thread. The thread ends when the input ends, when the iterator is freed, or when the
/// consuming task is cancelled: at the latest when it hands over its next chunk.
struct ThreadedSequence<Element: Sendable>: AsyncSequence, Sendable {
    let threadName: String
    let produce: @Sendable (ChunkEmitter<Element>) throws -> Void

    func makeAsyncIterator() -> AsyncIterator {
        let channel = HandOver<Element>(capacity: 4)
        let produce = produce
        let threadName = threadName
        let thread = Thread {
            Thread.current.name = threadName
            let emitter = ChunkEmitter(channel)
            let outcome = Result<Void, any Error> {
                do {
                    try produce(emitter)
                } catch {
                    if !(error is ChunkEmitter<Element>.ConsumerGone) { try emitter.flush() }
                    throw error
                }
                try emitter.flush()
            }
            channel.finish(outcome)
        }
        thread.start()
        return AsyncIterator(lease: Lease(channel))
    }

    /// Closes the channel when the last iterator has gone.
    final class Lease: Sendable {
        let channel: HandOver<Element>

        init(_ channel: HandOver<Element>) {
            self.channel = channel
        }

        deinit {
            channel.close()
        }
    }

    struct AsyncIterator: AsyncIteratorProtocol {
        let lease: Lease
        private var chunk: [Element] = []
        private var position = 0

        init(lease: Lease) {
            self.lease = lease
        }

        mutating func next() async throws -> Element? {
            while position >= chunk.count {
                guard let following = try await lease.channel.next() else { return nil }
                chunk = following
                position = 0
            }
            defer { position += 1 }
            return chunk[position]
        }
    }
}
