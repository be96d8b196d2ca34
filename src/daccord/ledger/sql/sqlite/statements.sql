-- Every statement of the SQLite store, by name. Python binds and nothing more.

-- name: append_records
-- A whole batch, [[id, act, time, previous], ...] as JSON and the salts one after the other, in one
-- step and outside any BEGIN. One step is the point: the sqlite3 module lets go of the interpreter
-- lock at each, and beside a busy event loop a way back may cost 5 ms. A batch of 32 took 6 ms so,
-- and 182 ms as an INSERT for each, on two idle cores; on busy ones the two come out alike
-- (bench/ledger.py). A lone writing statement takes the write lock at once, as BEGIN IMMEDIATE does.
-- A known id fails the whole: the batch is then looked at one by one.
INSERT INTO record (leaf, id, act, time, previous, salt)
SELECT
    (
        SELECT
            max(
                size,
                ifnull((SELECT max(leaf) FROM record), -1) + 1,
                ifnull((SELECT max(leaf) FROM statement), -1) + 1
            )
        FROM head
    ) + key,
    value ->> 0,
    value ->> 1,
    value ->> 2,
    value ->> 3,
    substr(:salts, key * 32 + 1, 32)
FROM json_each(:batch);

-- name: add_acts
-- [body, ...] as JSON. A number once given stays: writers keep it in mind.
INSERT INTO act (body) SELECT value FROM json_each(:acts) WHERE true ON CONFLICT (body) DO NOTHING;

-- name: act_numbers
SELECT body, number FROM act WHERE body IN (SELECT value FROM json_each(:acts));

-- name: act_of
SELECT body FROM act WHERE number = :number;

-- name: record_of
-- The plus keeps SQLite from writing :id for id in the first condition, which no index then knows:
-- it read every record.
SELECT leaf, id, act, time, previous, salt FROM record
WHERE substr(id, 1, 11) = substr(:id, 1, 11) AND +id = :id;

-- name: following
-- Those that name a record as the one before them.
SELECT id FROM record
WHERE
    previous IS NOT NULL
    AND substr(previous, 1, 11) = substr(:id, 1, 11)
    AND +previous = :id;

-- name: owner_of_half_id
-- Whoever has the half of an id that the index knows: the same id, but for a chance of 2^-66.
SELECT id, act, time, previous FROM record WHERE substr(id, 1, 11) = substr(:id, 1, 11);

-- name: records_after
-- One page of records. Paged, so that no reader holds back the checkpoint of the WAL.
SELECT leaf, id, act, time, previous, salt FROM record
WHERE leaf > :leaf AND id IS NOT NULL ORDER BY leaf LIMIT :page;

-- name: rows_between
SELECT leaf, id, act, time, previous, salt FROM record
WHERE leaf >= :first AND leaf < min(:end, (SELECT size FROM head)) AND id IS NOT NULL
ORDER BY leaf;

-- name: waiting_rows
-- One step, as append_records: a step for each of a thousand rows may take seconds.
SELECT json_group_array(json_array(leaf, id, act, time, previous, hex(salt)))
FROM (
    SELECT * FROM record WHERE leaf >= :first AND leaf < :end ORDER BY leaf LIMIT :limit
);

-- name: waiting_statements
SELECT leaf, body FROM statement WHERE leaf >= :first ORDER BY leaf LIMIT :limit;

-- name: is_waiting
-- Whether one of [id, ...] is durable and not in the tree yet.
SELECT EXISTS (
    SELECT 1 FROM json_each(:ids) AS wanted
    JOIN record ON substr(record.id, 1, 11) = substr(wanted.value, 1, 11)
    WHERE record.id = wanted.value AND record.leaf >= (SELECT size FROM head)
);

-- name: is_anything_waiting
SELECT
    EXISTS (SELECT 1 FROM record WHERE leaf >= head.size)
    OR EXISTS (SELECT 1 FROM statement WHERE leaf >= head.size)
FROM head;

-- name: older_than
SELECT id FROM record
WHERE id IS NOT NULL AND time < :time AND leaf < (SELECT size FROM head)
ORDER BY leaf LIMIT :limit;

-- name: leaves_of
SELECT record.leaf FROM json_each(:ids) AS wanted
JOIN record ON substr(record.id, 1, 11) = substr(wanted.value, 1, 11)
WHERE record.id = wanted.value;

-- name: forget_records
-- [id, ...] as JSON. A row is made blank in its place and stays about as long as it was. Were it
-- deleted, SQLite would join its page with the next one. Where it builds a page anew it leaves a
-- copy of what it moved in free space, which secure_delete does not reach when that is forgotten
-- in its turn: seen in an index of ids (2 of 2,600), not yet among rows, where it may (rebuildPage).
UPDATE record
SET id = NULL, act = 0, time = 0, previous = NULL, salt = zeroblob(52)
WHERE
    leaf < (SELECT size FROM head)
    AND leaf IN (
        SELECT record.leaf FROM json_each(:ids) AS wanted
        JOIN record ON substr(record.id, 1, 11) = substr(wanted.value, 1, 11)
        WHERE record.id = wanted.value
    );

-- name: blank_runs
-- Where rows may go: first and last leaf of each run that has no row with an id, nor one within
-- :margin of it on either side. The two ends of what is looked at count as such rows.
SELECT leaf + :margin + 1, next - :margin - 1
FROM (
    SELECT leaf, lead(leaf) OVER (ORDER BY leaf) AS next
    FROM (
        SELECT leaf FROM record WHERE leaf BETWEEN :first AND :last AND id IS NOT NULL
        UNION SELECT :first
        UNION SELECT min(:last, size) FROM head
    )
)
WHERE next - leaf > 2 * :margin + 1;

-- name: drop_blank_records
-- Blank rows go once they are among blank ones: a page has some 50 rows, and SQLite moves those of
-- a page and its two neighbours. So no row with an id is ever moved.
DELETE FROM record
WHERE leaf BETWEEN :first AND :last AND id IS NULL AND leaf < (SELECT size FROM head);

-- name: add_statement
INSERT INTO statement (body, leaf)
SELECT
    :body,
    max(
        size,
        ifnull((SELECT max(leaf) FROM record), -1) + 1,
        ifnull((SELECT max(leaf) FROM statement), -1) + 1
    )
FROM head
WHERE NOT EXISTS (SELECT 1 FROM statement WHERE body = :body);

-- name: add_text
INSERT INTO text (hash, body) VALUES (:hash, :body) ON CONFLICT (hash) DO NOTHING;

-- name: text_of
SELECT body FROM text WHERE hash = :hash;

-- name: statements
SELECT leaf, body FROM statement
WHERE leaf > :leaf AND leaf < (SELECT size FROM head) ORDER BY leaf LIMIT :page;

-- name: head
SELECT size, root, checkpoint FROM head;

-- name: tile
SELECT hashes FROM tile WHERE level = :level AND number = :number;

-- name: bundle
SELECT entries FROM bundle WHERE number = :number;

-- name: merge_view
-- A merge is one INSERT into this view, and so is one step, one transaction and one fsync: the
-- write lock is held for what SQLite does and never while Python waits for its interpreter.
CREATE TEMP VIEW merge AS SELECT
    NULL AS before_size, NULL AS before_root,
    NULL AS after_size, NULL AS after_root, NULL AS checkpoint,
    NULL AS tiles, NULL AS bundles, NULL AS contents;

-- name: merge_trigger
-- tiles: [[level, number, start, length], ...] and bundles: [[number, start, length], ...] say where
-- in contents they stand. Statements and records have their leaves already.
CREATE TEMP TRIGGER merge_all INSTEAD OF INSERT ON merge BEGIN
    SELECT raise(ABORT, 'head')
    WHERE NOT EXISTS (
        SELECT 1 FROM head WHERE size = new.before_size AND root = new.before_root
    );
    INSERT INTO tile (level, number, hashes)
    SELECT value ->> 0, value ->> 1, substr(new.contents, (value ->> 2) + 1, value ->> 3)
    FROM json_each(new.tiles) WHERE true
    ON CONFLICT (level, number) DO UPDATE SET hashes = excluded.hashes;
    INSERT INTO bundle (number, entries)
    SELECT value ->> 0, substr(new.contents, (value ->> 1) + 1, value ->> 2)
    FROM json_each(new.bundles) WHERE true
    ON CONFLICT (number) DO UPDATE SET entries = excluded.entries;
    UPDATE head
    SET size = new.after_size, root = new.after_root, checkpoint = new.checkpoint
    WHERE one = 1;
END;

-- name: merge
INSERT INTO merge VALUES (
    :before_size, :before_root, :after_size, :after_root, :checkpoint,
    :tiles, :bundles, :contents
);

-- name: keep_checkpoint
INSERT INTO checkpoint (size, note) VALUES (:size, :note)
ON CONFLICT (size) DO UPDATE SET note = excluded.note;

-- name: drop_checkpoint
-- One that is time-stamped stays: the token says nothing without it.
DELETE FROM checkpoint
WHERE size = :size AND NOT EXISTS (SELECT 1 FROM timestamp WHERE timestamp.size = :size);

-- name: checkpoints
SELECT size, note FROM checkpoint ORDER BY size;

-- name: keep_timestamp
INSERT INTO timestamp (size, token)
SELECT :size, :token
WHERE NOT EXISTS (SELECT 1 FROM timestamp WHERE size = :size AND token = :token);

-- name: timestamps
SELECT size, token FROM timestamp ORDER BY size, number;

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
