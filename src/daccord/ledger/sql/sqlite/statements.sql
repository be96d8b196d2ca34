-- Every statement of the SQLite store, by name. Python binds and nothing more.

-- name: append_records
-- A whole batch, [[id, body], ...] as JSON, in one step and outside any BEGIN. One step is the
-- point: the sqlite3 module lets go of the interpreter lock at each, and beside a busy event loop
-- a way back may cost 5 ms. A batch of 32 took 6 ms so, and 182 ms as an INSERT for each, on two
-- idle cores; on busy ones the two come out alike (bench/ledger.py). A lone writing statement takes the write lock at once, as BEGIN IMMEDIATE does.
-- A known id is passed over; record_of then tells a repetition from a conflict.
INSERT INTO record (id, body)
SELECT value ->> 0, value ->> 1 FROM json_each(:batch) WHERE true
ON CONFLICT (id) DO NOTHING;

-- name: record_of
SELECT seq, body FROM record WHERE id = :id;

-- name: records_after
-- One page of records. Paged, so that no reader holds back the checkpoint of the WAL.
SELECT seq, body FROM record WHERE seq > :seq ORDER BY seq LIMIT :page;

-- name: add_refusals
INSERT INTO refusal_count (day, declaration_version, count)
VALUES (:day, :declaration_version, :count)
ON CONFLICT (day, declaration_version) DO UPDATE SET count = count + excluded.count;

-- name: add_reports
-- A pair that would be one too many for its day goes to the row of everything else.
INSERT INTO report_count (day, directive, host, count)
SELECT :day, iif(room, :directive, '*'), iif(room, :host, '*'), :count
FROM (
    SELECT
        EXISTS (
            SELECT 1 FROM report_count
            WHERE day = :day AND directive = :directive AND host = :host
        )
        OR (SELECT count(*) FROM report_count WHERE day = :day) < :pairs_max AS room
)
WHERE true
ON CONFLICT (day, directive, host) DO UPDATE SET count = count + excluded.count;

-- name: drop_old_reports
-- Observe mode is for moving a site over: a month shows what there is to declare.
DELETE FROM report_count WHERE day <= (SELECT max(day) FROM report_count) - :days;

-- name: refusals
SELECT day, declaration_version, count FROM refusal_count ORDER BY day, declaration_version;

-- name: reports
SELECT directive, host, day, count FROM report_count ORDER BY day, directive, host;

-- name: begin
BEGIN IMMEDIATE;

-- name: commit
COMMIT;
