-- What the verifier, the backup and the export read; every dialect has the same names and columns.
-- Not here: what a running ledger asks (statements.sql), and anything that writes.
-- Paged by key, so that memory stays bounded and no reader holds a moment of the store for long.

-- name: version
SELECT coalesce(max(number), 0) FROM schema_version;

-- name: digests_wrong
SELECT 'act', number FROM act WHERE digest <> sha256(convert_to(body, 'UTF8'))
UNION ALL
SELECT 'statement', number FROM statement WHERE digest <> sha256(convert_to(body, 'UTF8'))
LIMIT :page;

-- name: head
SELECT size, root, checkpoint FROM head;

-- name: rows
-- Those of a range of leaves, by leaf.
SELECT leaf, id, act, time, previous, salt FROM record
WHERE leaf >= :first AND leaf < :end ORDER BY leaf;

-- name: rows_outside
-- Size and rows at one moment: a merge in between must not look like a fault.
SELECT leaf FROM record
WHERE leaf < 0 OR leaf >= coalesce((SELECT max(size) FROM head), 0) ORDER BY leaf LIMIT :page;

-- name: ids_twice
-- The first leaf of each id that more than one row has.
SELECT min(leaf) FROM record GROUP BY id HAVING count(*) > 1 LIMIT :page;

-- name: row_count
SELECT count(*) FROM record;

-- name: arrived
-- Rows that are not in the tree yet, by the order they are merged in.
SELECT seq, id, act, time, previous, salt FROM incoming
WHERE seq > :after ORDER BY seq LIMIT :page;

-- name: arrived_otherwise
-- Such a row is dropped by the next merge. One that says something else must not be.
SELECT incoming.seq FROM incoming JOIN record ON record.id = incoming.id
WHERE incoming.act <> record.act OR incoming.time <> record.time
    OR coalesce(incoming.previous, '') <> coalesce(record.previous, '')
ORDER BY incoming.seq LIMIT :page;

-- name: rows_half_forgotten
-- Here a row that is forgotten is gone.
SELECT leaf FROM record WHERE id IS NULL ORDER BY leaf LIMIT :page;

-- name: holes
-- Waiting rows have no leaf here that could be missing.
SELECT 0 WHERE false;

-- name: waiting_count
SELECT (SELECT count(*) FROM incoming), (SELECT count(*) FROM statement WHERE leaf IS NULL);

-- name: acts
SELECT number, body FROM act WHERE number > :after ORDER BY number LIMIT :page;

-- name: act
SELECT body FROM act WHERE number = :number;

-- name: statements
-- Those of a range of leaves.
SELECT leaf, body FROM statement WHERE leaf >= :first AND leaf < :end ORDER BY leaf;

-- name: statements_waiting
SELECT body FROM statement WHERE leaf IS NULL ORDER BY body;

-- name: statements_outside
SELECT leaf FROM statement
WHERE leaf < 0 OR leaf >= coalesce((SELECT max(size) FROM head), 0) ORDER BY leaf LIMIT :page;

-- name: tiles
SELECT number, hashes FROM tile
WHERE level = :level AND number >= :first AND number < :end ORDER BY number;

-- name: edge_tile
-- With the size of the same moment.
SELECT hashes, coalesce((SELECT max(size) FROM head), 0)
FROM tile WHERE level = :level AND number = :number;

-- name: edge_bundle
SELECT entries, coalesce((SELECT max(size) FROM head), 0) FROM bundle WHERE number = :number;

-- name: tile_counts
SELECT level, count(*), min(number), max(number), coalesce((SELECT max(size) FROM head), 0)
FROM tile GROUP BY level ORDER BY level;

-- name: bundles
SELECT number, entries FROM bundle WHERE number >= :first AND number < :end ORDER BY number;

-- name: bundle_counts
SELECT count(*), min(number), max(number), coalesce((SELECT max(size) FROM head), 0) FROM bundle;

-- name: text_names
SELECT hash FROM text WHERE hash > :after ORDER BY hash LIMIT :page;

-- name: text
SELECT body FROM text WHERE hash = :hash;

-- name: checkpoints
SELECT size, note FROM checkpoint ORDER BY size;

-- name: timestamps
SELECT size, token FROM timestamp ORDER BY size;

-- name: refusals
SELECT day, declaration_version, count FROM refusal_count ORDER BY day, declaration_version;

-- name: reports
SELECT day, directive, host, count FROM report_count ORDER BY day, directive, host;

-- name: first_and_last
SELECT
    (SELECT time FROM record ORDER BY leaf LIMIT 1),
    (SELECT time FROM record ORDER BY leaf DESC LIMIT 1);

-- name: older_count
SELECT count(*) FROM record WHERE time < :time;

-- name: oldest_waiting
SELECT min(time) FROM incoming;

-- name: bytes
SELECT CAST(sum(pg_total_relation_size(oid)) AS bigint) FROM pg_class
WHERE relkind = 'r'
    AND relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = current_schema());
