-- Every statement of the PostgreSQL store, by name. Python binds and nothing more.
-- What a distributed database of this dialect needs beside the common ground: ON CONFLICT,
-- SELECT … FOR UPDATE, unnest of several arrays, and data-modifying WITH. Advisory locks are an
-- economy (two sequencers cost each other work, never the log). VACUUM and LOCK TABLE are
-- PostgreSQL's own and stand in `forget` alone.

-- name: settings
-- What a session wants of its server, as far as the server knows the setting. One statement, and
-- no startup option: a pooler or a relative that lacks one lets the connection be.
SELECT set_config(wanted.name, wanted.value, false)
FROM unnest(%(names)s::text[], %(values)s::text[]) AS wanted (name, value)
JOIN pg_settings ON pg_settings.name = wanted.name;

-- name: server
SELECT current_database(), current_schema(), current_setting('fsync'), pg_is_in_recovery();

-- name: schema_version
SELECT coalesce(max(number), 0) FROM schema_version;

-- name: has_schema_version
-- Not to_regclass: a session that has asked it once, and then waited for the lock, is told again
-- what it was told before the other node made the table.
SELECT EXISTS (
    SELECT 1 FROM pg_class
    WHERE relname = 'schema_version'
        AND relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = current_schema())
);

-- name: lock_schema
-- "daccord" as two numbers: "dacc", and the schema, so that two ledgers of one database do not
-- wait for each other. One key for the migrations ("dacm") and one for the sequencer.
SELECT pg_advisory_xact_lock(
    1684104045, (SELECT oid::integer FROM pg_namespace WHERE nspname = current_schema())
);

-- name: add_schema_version
INSERT INTO schema_version (number, name) VALUES (%(number)s, %(name)s);

-- name: elect
SELECT pg_try_advisory_lock(
    1684104035, (SELECT oid::integer FROM pg_namespace WHERE nspname = current_schema())
);

-- name: is_there
SELECT 1;

-- name: begin
BEGIN;

-- name: begin_reading
BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;

-- name: commit
COMMIT;

-- name: rollback
ROLLBACK;

-- name: add_acts
INSERT INTO act (digest, body)
SELECT new.digest, new.body
FROM unnest(%(digests)s::bytea[], %(bodies)s::text[]) AS new (digest, body)
ORDER BY new.digest
ON CONFLICT (digest) DO NOTHING;

-- name: numbers_of_acts
SELECT number, digest, body FROM act WHERE digest = ANY(%(digests)s::bytea[]);

-- name: act
SELECT body FROM act WHERE number = %(number)s;

-- name: acts
SELECT number, body FROM act WHERE number = ANY(%(numbers)s::bigint[]);

-- name: append_records
-- A whole batch in one statement and one transaction, whose commit is on the server's disk
-- whatever the server thinks of other people's: that set_config is local to it. A stricter
-- setting (remote_apply) is left as it is.
-- Known ids are passed over, in either table; rows_of then tells a repetition from a conflict.
-- The look into record is a scalar subquery, which no planner turns into a scan of all of it.
-- A retry that runs into the merge of its own first try waits for the merge here, and is then in
-- both tables: this statement looked into record before the merge's commit. Every reader passes
-- over that row, and the next merge drops it.
INSERT INTO incoming (id, act, time, previous, salt)
SELECT new.id, new.act, new.time, new.previous, new.salt
FROM unnest(
    %(ids)s::text[],
    %(acts)s::bigint[],
    %(times)s::bigint[],
    %(previous)s::text[],
    %(salts)s::bytea[]
) WITH ORDINALITY AS new (id, act, time, previous, salt, place)
CROSS JOIN (
    SELECT set_config(
        'synchronous_commit',
        CASE current_setting('synchronous_commit')
            WHEN 'remote_apply' THEN 'remote_apply'
            ELSE 'on'
        END,
        true
    ) AS synchronous_commit
    OFFSET 0
) AS durable
WHERE durable.synchronous_commit IS NOT NULL
    AND (SELECT record.leaf FROM record WHERE record.id = new.id) IS NULL
ORDER BY new.place
ON CONFLICT (id) DO NOTHING;

-- name: rows_of
-- Rows by id, those in the tree first; a row may stand in both tables (append_records).
SELECT id, act, time, previous FROM record WHERE id = ANY(%(ids)s::text[])
UNION ALL
SELECT id, act, time, previous FROM incoming WHERE id = ANY(%(ids)s::text[]);

-- name: waits
-- Whether one of them is on its way and not in the tree.
SELECT 1 FROM incoming
WHERE id = ANY(%(ids)s::text[])
    AND (SELECT record.leaf FROM record WHERE record.id = incoming.id) IS NULL
LIMIT 1;

-- name: records_after
SELECT leaf, id, act, time, previous FROM record
WHERE leaf > %(leaf)s ORDER BY leaf LIMIT %(page)s;

-- name: incoming_after
SELECT seq, id, act, time, previous FROM incoming
WHERE seq > %(seq)s AND (SELECT record.leaf FROM record WHERE record.id = incoming.id) IS NULL
ORDER BY seq LIMIT %(page)s;

-- name: head
SELECT size, root, checkpoint FROM head WHERE one = 1;

-- name: lock_head
SELECT size, root FROM head WHERE one = 1 FOR UPDATE;

-- name: edge
-- The tiles at the right edge of a tree of that size: the number of each is of its level.
SELECT tile.level, tile.hashes
FROM unnest(%(levels)s::integer[], %(numbers)s::bigint[]) AS edge (level, number)
JOIN tile ON tile.level = edge.level AND tile.number = edge.number;

-- name: bundle
SELECT entries FROM bundle WHERE number = %(number)s;

-- name: waiting_statements
SELECT body FROM statement WHERE leaf IS NULL ORDER BY number LIMIT %(page)s;

-- name: waiting_rows
-- The oldest that can be seen. No mark is kept of how far a merge came: a row that becomes visible
-- late, under a lower seq than what was merged, is simply the oldest of the next merge.
SELECT
    incoming.seq,
    incoming.id,
    incoming.act,
    incoming.time,
    incoming.previous,
    incoming.salt,
    (SELECT record.leaf FROM record WHERE record.id = incoming.id) IS NOT NULL AS known
FROM incoming ORDER BY incoming.seq LIMIT %(page)s;

-- name: put_tiles
INSERT INTO tile (level, number, hashes)
SELECT new.level, new.number, new.hashes
FROM unnest(%(levels)s::integer[], %(numbers)s::bigint[], %(contents)s::bytea[])
    AS new (level, number, hashes)
ON CONFLICT (level, number) DO UPDATE SET hashes = excluded.hashes;

-- name: put_bundles
INSERT INTO bundle (number, entries)
SELECT new.number, new.entries
FROM unnest(%(numbers)s::bigint[], %(contents)s::bytea[]) AS new (number, entries)
ON CONFLICT (number) DO UPDATE SET entries = excluded.entries;

-- name: put_records
INSERT INTO record (leaf, id, act, time, previous, salt)
SELECT new.leaf, new.id, new.act, new.time, new.previous, new.salt
FROM unnest(
    %(leaves)s::bigint[],
    %(ids)s::text[],
    %(acts)s::bigint[],
    %(times)s::bigint[],
    %(previous)s::text[],
    %(salts)s::bytea[]
) AS new (leaf, id, act, time, previous, salt);

-- name: place_statements
UPDATE statement SET leaf = placed.leaf
FROM unnest(%(leaves)s::bigint[], %(digests)s::bytea[]) AS placed (leaf, digest)
WHERE statement.digest = placed.digest AND statement.leaf IS NULL;

-- name: drop_incoming
DELETE FROM incoming WHERE seq = ANY(%(seqs)s::bigint[]);

-- name: put_head
UPDATE head SET size = %(size)s, root = %(root)s, checkpoint = %(checkpoint)s WHERE one = 1;

-- name: tile
SELECT hashes FROM tile WHERE level = %(level)s AND number = %(number)s;

-- name: leaf_of
SELECT leaf, id, act, time, previous, salt FROM record WHERE id = %(id)s;

-- name: rows
SELECT leaf, id, act, time, previous, salt FROM record
WHERE leaf >= %(first)s AND leaf < %(end)s ORDER BY leaf;

-- name: statements_after
SELECT leaf, body FROM statement WHERE leaf > %(leaf)s ORDER BY leaf LIMIT %(page)s;

-- name: text
SELECT body FROM text WHERE hash = %(hash)s;

-- name: following
-- Those that name a record as the one before them; one that is just merged may come twice.
SELECT id FROM record WHERE previous = %(id)s
UNION
SELECT id FROM incoming WHERE previous = %(id)s;

-- name: older_than
SELECT id FROM record WHERE time < %(time)s ORDER BY leaf LIMIT %(page)s;

-- name: keep_checkpoint
INSERT INTO checkpoint (size, note) VALUES (%(size)s, %(note)s)
ON CONFLICT (size) DO UPDATE SET note = excluded.note;

-- name: drop_checkpoint
DELETE FROM checkpoint WHERE size = %(size)s
    AND NOT EXISTS (SELECT 1 FROM timestamp WHERE timestamp.size = checkpoint.size);

-- name: checkpoints
SELECT size, note FROM checkpoint ORDER BY size;

-- name: keep_timestamp
INSERT INTO timestamp (size, token)
SELECT %(size)s::bigint, %(token)s::bytea
WHERE NOT EXISTS (
    SELECT 1 FROM timestamp WHERE size = %(size)s::bigint AND token = %(token)s::bytea
);

-- name: timestamps
SELECT size, token FROM timestamp ORDER BY size, number;

-- name: publish_texts
INSERT INTO text (hash, body)
SELECT new.hash, new.body
FROM unnest(%(hashes)s::bytea[], %(bodies)s::bytea[]) AS new (hash, body)
ORDER BY new.hash
ON CONFLICT (hash) DO NOTHING;

-- name: publish_statement
INSERT INTO statement (digest, body) VALUES (%(digest)s, %(body)s)
ON CONFLICT (digest) DO NOTHING;

-- name: lock_incoming
-- Waits for the appends that are on their way and holds up the next: a retry that looked into
-- record before a merge must not bring back, a moment later, what is being forgotten.
LOCK TABLE incoming IN SHARE ROW EXCLUSIVE MODE;

-- name: forget_records
DELETE FROM record WHERE id = ANY(%(ids)s::text[]);

-- name: forget_incoming
DELETE FROM incoming WHERE id = ANY(%(ids)s::text[]);

-- name: sizes
SELECT pg_total_relation_size('record'), pg_total_relation_size('incoming');

-- name: vacuum_record
VACUUM (INDEX_CLEANUP ON) record;

-- name: vacuum_incoming
VACUUM (INDEX_CLEANUP ON) incoming;

-- name: rewrite_record
VACUUM (FULL) record;

-- name: rewrite_incoming
VACUUM (FULL) incoming;

-- name: add_refusals
INSERT INTO refusal_count (day, declaration_version, count)
SELECT new.day, new.declaration_version, new.count
FROM unnest(%(days)s::integer[], %(versions)s::text[], %(counts)s::bigint[])
    AS new (day, declaration_version, count)
ORDER BY new.day, new.declaration_version
ON CONFLICT (day, declaration_version)
DO UPDATE SET count = refusal_count.count + excluded.count;

-- name: lock_counts
-- One node at a time ("dacr"), so that the bound on pairs is one for all of them.
SELECT pg_advisory_xact_lock(
    1684104050, (SELECT oid::integer FROM pg_namespace WHERE nspname = current_schema())
);

-- name: add_reports
-- A pair that would be one too many for its day goes to the row of everything else.
INSERT INTO report_count (day, directive, host, count)
SELECT
    %(day)s::integer,
    CASE WHEN room THEN %(directive)s::text ELSE '*' END,
    CASE WHEN room THEN %(host)s::text ELSE '*' END,
    %(count)s::bigint
FROM (
    SELECT
        EXISTS (
            SELECT 1 FROM report_count
            WHERE day = %(day)s::integer
                AND directive = %(directive)s::text
                AND host = %(host)s::text
        )
        OR (SELECT count(*) FROM report_count WHERE day = %(day)s::integer) < %(pairs_max)s AS room
) AS bound
ON CONFLICT (day, directive, host) DO UPDATE SET count = report_count.count + excluded.count;

-- name: drop_old_reports
-- Observe mode is for moving a site over: a month shows what there is to declare.
DELETE FROM report_count WHERE day <= (SELECT max(day) FROM report_count) - %(days)s;

-- name: refusals
SELECT day, declaration_version, count FROM refusal_count ORDER BY day, declaration_version;

-- name: reports
SELECT directive, host, day, count FROM report_count ORDER BY day, directive, host;
