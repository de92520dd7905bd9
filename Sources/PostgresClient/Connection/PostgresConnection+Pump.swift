import CLibPQ
import Synchronization

/// Sending, and the pump: one task that reads answers while statements are on their way.
extension PostgresConnection {
    func transmit(_ id: Int, _ request: Request) {
        guard mode == .pipeline else {
            let busy = PostgresError(.misuse, "a statement was sent while the session does a COPY or a script")
            return request.continuation.resume(throwing: mode == .closed ? unsent : busy)
        }
        let encoded = request.statements.map { ($0.sql, PostgresParameters($0.parameters)) }
        if let flaw = encoded.lazy.compactMap({ $1.flaw ?? Wire.flaw(in: $0) }).first {
            return request.continuation.resume(throwing: PostgresError(.misuse, flaw))
        }
        var prepares: [Int: String] = [:]
        var answers = 0
        var sent = true
        for (sql, parameters) in encoded where sent {
            guard request.prepare, parameters.count > 0, prepared[sql] != nil || prepared.count < preparedLimit else {
                sent = wire.send(sql, prepared: false, parameters)
                answers += 1
                continue
            }
            let name: String
            if let known = prepared[sql] {
                name = known
            } else {
                preparedCount += 1
                name = "s\(preparedCount)"
                prepared[sql] = name
                prepares[answers] = sql
                answers += 1
                sent = wire.sendPrepare(name, sql, types: parameters.types)
            }
            sent = sent && wire.send(name, prepared: true, parameters)
            answers += 1
        }
        queue.sent(id, ticket: request, prepares: prepares)
        guard sent, wire.sync() else { return fail(with: lost()) }
        startPump()
    }

    private func startPump() {
        guard let out = wire.flush() else { return fail(with: lost()) }
        if pumping {
            // The pump waits for input; it must wait for room to write as well.
            if !out { wire.interrupt() }
            return
        }
        pumping = true
        // Before the work of those who do not wait for the server: while an answer lies in the socket, nobody gives the
        // server something new to do.
        Task(priority: .high) { await self.pump() }
    }

    private func pump() async {
        defer { pumping = false }
        while !queue.isEmpty, mode == .pipeline {
            let out = wire.flush()
            let alive = wire.consume()
            // What came before the end is read before the end is told.
            takeAll()
            if queue.isEmpty || mode != .pipeline { break }
            guard alive, let out, !wire.isBroken else { return fail(with: lost()) }
            await wire.wait(for: out ? .read : [.read, .write])
        }
    }

    private func takeAll() {
        var nulls = 0
        while !queue.isEmpty, mode == .pipeline, !wire.isBusy {
            guard let result = wire.next() else {
                // One nil ends a statement's answers. Two in a row: libpq and the queue disagree.
                nulls += 1
                if wire.isBroken || nulls > 2 { return fail(with: lost()) }
                continue
            }
            nulls = 0
            take(result)
        }
    }

    private func take(_ result: ResultStorage) {
        switch result.status {
        case PGRES_PIPELINE_SYNC:
            let (unit, next) = queue.synced()
            if next == .cancelOnServer, let id = queue.firstID { Task { await self.cancelFirst(id) } }
            if let unit { finish(unit) }
        case PGRES_FATAL_ERROR, PGRES_BAD_RESPONSE:
            queue.failed(result.error)
        case PGRES_PIPELINE_ABORTED:
            break  // a statement after the failed one of the same unit
        case PGRES_COPY_IN, PGRES_COPY_OUT, PGRES_COPY_BOTH:
            // libpq has no way back from here; the session ends, and with it whatever was behind.
            queue.failed(PostgresError(.misuse, "COPY goes through copyIn and copyOut; the session was ended"))
            fail(with: lost())
        default:
            queue.received(result)
        }
    }

    private func finish(_ unit: Queue.Unit) {
        let request = unit.ticket
        guard let failure = unit.failure else {
            return request.continuation.resume(returning: unit.results.map(PostgresResult.init))
        }
        for sql in unit.unprepared { prepared[sql] = nil }
        let hit = queue.wasHitByMistake(unit)
        let stale = isStale(failure, request)
        if unit.stopReason == nil, request.mayBeSentAgain, hit || stale {
            // This ends: a cancel request hits twice at most, and what goes as text cannot be stale.
            var again = request
            again.prepare = request.prepare && !stale
            return transmit(unit.id, again)
        }
        guard failure.sqlState == .queryCanceled else { return request.continuation.resume(throwing: failure) }
        switch unit.stopReason {
        case .cancelled: request.continuation.resume(throwing: CancellationError())
        case .timedOut:
            request.continuation.resume(
                throwing: PostgresError(
                    .timeout,
                    "a statement took longer than allowed and was cancelled on the server"
                )
            )
        case nil: request.continuation.resume(throwing: failure)
        }
    }

    /// Whether the trouble is with the prepared statement: unknown, because its preparing in an earlier unit failed or a
    /// pooler between us gave us another session; or its columns changed with the table's. It is forgotten.
    private func isStale(_ failure: PostgresError, _ request: Request) -> Bool {
        guard request.prepare, failure.sqlState == "26000" || failure.sqlState == "0A000" else { return false }
        let used = request.statements.filter { prepared[$0.sql] != nil || failure.sqlState == "26000" }
        for statement in used where !statement.parameters.isEmpty { prepared[statement.sql] = nil }
        return !used.isEmpty
    }
}
