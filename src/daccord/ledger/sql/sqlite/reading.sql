-- What the verifier, the backup and the export read; every dialect has the same names and columns.
-- Not here: what a running ledger asks (statements.sql), and anything that writes.
-- Paged by key, so that memory stays bounded and no reader holds a moment of the store for long.

-- name: version
PRAGMA user_version;

-- name: head
SELECT size, root, checkpoint FROM head;

-- name: rows
-- Those of a range of leaves, by leaf. One without an id is forgotten.
SELECT leaf, id, act, time, previous, salt FROM record
WHERE leaf >= :first AND leaf < :end AND id IS NOT NULL ORDER BY leaf;

-- name: rows_outside
-- What is beyond the size waits.
SELECT leaf FROM record WHERE leaf < 0 ORDER BY leaf LIMIT :page;

-- name: ids_twice
-- The index is unique, and SQLite's own check holds it against the rows (Reading.check_itself).
SELECT 0 WHERE false;

-- name: row_count
SELECT count(*) FROM record, head WHERE id IS NOT NULL AND leaf < size;

-- name: arrived
-- Rows that are not in the tree yet, by the order they are merged in.
SELECT leaf, id, act, time, previous, salt FROM record
WHERE leaf > :after AND leaf >= coalesce((SELECT max(size) FROM head), 0)
ORDER BY leaf LIMIT :page;

-- name: arrived_otherwise
-- Waiting rows and merged ones are of one table here: see ids_twice.
SELECT 0 WHERE false;

-- name: rows_half_forgotten
-- A blank row holds nothing (forget_records), and is in the tree. Found by the index.
SELECT leaf FROM record
WHERE substr(id, 1, 11) IS NULL AND NOT (
    id IS NULL AND act = 0 AND time = 0 AND previous IS NULL AND salt = zeroblob(52)
    AND leaf < (SELECT max(size) FROM head)
)
ORDER BY +leaf LIMIT :page;

-- name: holes
-- Waiting rows and statements have their leaves, and leave none out.
SELECT max(leaf)
FROM (
    SELECT leaf, size FROM record, head WHERE leaf >= size
    UNION ALL
    SELECT leaf, size FROM statement, head WHERE leaf >= size
)
HAVING count(*) <> max(leaf) - max(size) + 1;

-- name: waiting_count
SELECT
    (SELECT count(*) FROM record, head WHERE leaf >= size),
    (SELECT count(*) FROM statement, head WHERE leaf >= size);

-- name: acts
SELECT number, body FROM act WHERE number > :after ORDER BY number LIMIT :page;

-- name: act
SELECT body FROM act WHERE number = :number;

-- name: statements
-- Those of a range of leaves.
SELECT leaf, body FROM statement WHERE leaf >= :first AND leaf < :end ORDER BY leaf;

-- name: statements_waiting
SELECT body FROM statement, head WHERE leaf >= size ORDER BY leaf;

-- name: statements_outside
SELECT leaf FROM statement WHERE leaf < 0 ORDER BY leaf LIMIT :page;

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
    (SELECT time FROM record WHERE id IS NOT NULL ORDER BY leaf LIMIT 1),
    (SELECT time FROM record, head WHERE id IS NOT NULL AND leaf < size ORDER BY leaf DESC LIMIT 1);

-- name: older_count
SELECT count(*) FROM record, head WHERE id IS NOT NULL AND leaf < size AND time < :time;

-- name: oldest_waiting
SELECT min(time) FROM record, head WHERE leaf >= size;

-- name: bytes
SELECT page_count * page_size FROM pragma_page_count, pragma_page_size;
