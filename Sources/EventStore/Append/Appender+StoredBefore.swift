import Foundation
import PostgresClient

/// Requests that were stored before: each gets the answer that it got the first time.
extension Appender {
    /// A conflict is the answer only to a request that was not stored before: one that is asked again finds its streams
    /// where it left them itself.
    func settle(_ conflicts: [AppendQueue.Resolution], on connection: PostgresConnection) async {
        do {
            let rows = try await connection.query(
                """
                SELECT r.request_id, r.first_position FROM caseflow.logs l
                  LEFT JOIN (SELECT r.* FROM unnest($2::uuid[]) AS u(request)
                              CROSS JOIN LATERAL (SELECT * FROM caseflow.requests r
                                                   WHERE r.log_id = $1 AND r.request_id = u.request LIMIT 1) AS r) AS r
                    ON true
                 WHERE l.log_id = $1
                """,
                [log.rawValue, conflicts.map(\.ticket.request.id)]
            )
            var stored: [UUID: Int64] = [:]
            for row in rows where !row.isNull(0) { stored[try row.decode(0)] = try row.decode(1, as: Int64.self) }
            var duplicates: [(AppendTicket, position: Int64)] = []
            for (ticket, result) in conflicts {
                if rows.isEmpty {
                    ticket.continuation.resume(throwing: AppendError.noSuchLog(log))
                } else if let position = stored[ticket.request.id] {
                    duplicates.append((ticket, position))
                } else {
                    resolve([(ticket, result)])
                }
            }
            await answerDuplicates(duplicates, on: connection)
        } catch {
            unsettled(conflicts.map(\.ticket), because: error, connection)
        }
        settled()
    }

    func settled() {
        settling -= 1
        schedule()
    }

    /// The answer could not be read: asked again if the session was lost, else the caller is told.
    private func unsettled(_ tickets: [AppendTicket], because error: any Error, _ connection: PostgresConnection) {
        if let error = error as? PostgresError, error.isTransient || error.kind == .closed {
            queue.again(tickets)
            drop(connection, because: error)
        } else {
            for ticket in tickets {
                ticket.continuation.resume(throwing: AppendError.unavailable(sent: true, reason: "\(error)"))
            }
        }
    }

    func answerDuplicates(
        _ duplicates: [(AppendTicket, position: Int64)],
        on connection: PostgresConnection
    ) async {
        for (ticket, position) in duplicates {
            do {
                let result = try await firstResult(of: ticket.request, at: position, on: connection)
                ticket.continuation.resume(returning: result)
            } catch let error as AppendError {
                ticket.continuation.resume(throwing: error)
            } catch {
                unsettled([ticket], because: error, connection)
            }
        }
    }

    /// Reads what the request stored the first time and holds it against what it asks for now: the streams, types,
    /// effective times and data must be the same.
    private func firstResult(
        of request: AppendRequest,
        at position: Int64,
        on connection: PostgresConnection
    ) async throws -> AppendResult {
        let wanted = request.writes.flatMap { write in write.events.map { (write.stream, $0) } }
        let stored = try await storedEvents(from: position, count: wanted.count + 1, on: connection)
        let mark = Array("{\"request\":\"\(request.id.uuidString.lowercased())\"".utf8)
        let mine = stored.prefix { $0.metadata.starts(with: mark) }
        let same =
            mine.count == wanted.count
            && zip(mine, wanted).allSatisfy { stored, wanted in
                stored.stream == wanted.0 && stored.type == wanted.1.type && stored.effectiveAt == wanted.1.effectiveAt
                    && stored.data == wanted.1.data
            }
        guard same else { throw AppendError.requestReused(request.id, position: position) }
        let heads = request.writes.map { write in
            mine.last { $0.stream == write.stream }.map {
                StreamHead(version: $0.version, leaf: $0.leaf, recordedAt: $0.recordedAt)
            } ?? .none
        }
        return AppendResult(
            firstPosition: position,
            lastPosition: position + Int64(wanted.count) - 1,
            heads: heads,
            isDuplicate: true
        )
    }

    private func storedEvents(
        from position: Int64,
        count: Int,
        on connection: PostgresConnection
    ) async throws -> [RecordedEvent] {
        let rows = try await connection.query(
            EventRow.select + " WHERE log_id = $1 AND position >= $2 ORDER BY position LIMIT $3",
            [log.rawValue, position, count]
        )
        return try rows.map(EventRow.decode)
    }
}
