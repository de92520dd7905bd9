extension WorkMetrics {
    /// What the metrics mean. `docs/guides/metrics.md` tells more, and what to be alarmed by.
    static let help: [String: String] = [
        "caseflow_build_info": "Always 1; the program's version is a label.",
        "caseflow_up":
            "1 while the figures of the log are kept up to date, 0 when they cannot be had or the worker has ended.",
        "caseflow_collected_timestamp_seconds": "When the figures were collected; Unix time.",
        "caseflow_counted_timestamp_seconds": "When what must be counted row by row was counted; Unix time.",
        "caseflow_counting_seconds": "How long that counting took.",
        "caseflow_log_position": "The position of the last event of the log.",
        "caseflow_projection_lag_events": "Events that the projection has not taken in yet.",
        "caseflow_projection_lag_seconds": "Age of the oldest event that the projection has not taken in yet.",
        "caseflow_projection_complete":
            "1 if each stored event up to the checkpoint was taken in or set aside, counted in the log; else 0.",
        "caseflow_projection_parked_streams": "Streams that the projection has set aside.",
        "caseflow_projection_parked_events": "Events that wait in those streams.",
        "caseflow_running_clocks": "Clocks of cases that run.",
        "caseflow_suspended_clocks": "Clocks of cases that are open and stand still.",
        "caseflow_due_rungs":
            "Rungs and lapses that are due and not raised, without those set aside; counted up to 10000.",
        "caseflow_due_overdue_seconds": "By how long the first of them is overdue.",
        "caseflow_parked_rungs": "Rungs and lapses that could not be raised and are set aside.",
        "caseflow_open_cards": "Cards that wait for an answer, by their highest rung.",
        "caseflow_raised_cards_total": "Rungs that this worker has raised.",
        "caseflow_lapses_total": "Lapses that this worker has recorded, by what they bring about.",
        "caseflow_left_rungs_total":
            "Rungs that this worker left, because somebody was faster or the case had gone on.",
        "caseflow_set_aside_rungs_total": "Times that this worker has set a rung or a lapse aside.",
        "caseflow_sweep_seconds": "How long a sweep of this worker took, without waiting for the read tables.",
        "caseflow_outbox_waiting": "Notifications that wait to be delivered.",
        "caseflow_outbox_dead": "Notifications that are tried no more.",
        "caseflow_outbox_oldest_seconds": "How long ago the oldest notification that waits was raised.",
        "caseflow_workers_alive": "Workers of the log that were seen within the last 30 seconds, on whichever machine.",
    ]
}
