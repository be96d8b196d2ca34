-- What fills a new ledger from another one (daccord.ledger.copying). One name for each table.
-- Not here: anything that a running ledger does.

-- name: head
UPDATE head SET size = :size, root = :root, checkpoint = :checkpoint;

-- name: act
INSERT INTO act (number, body) VALUES (:number, :body);

-- name: record
INSERT INTO record (leaf, id, act, time, previous, salt)
VALUES (:leaf, :id, :act, :time, :previous, :salt);

-- name: incoming
-- Waiting rows come after waiting statements, and have no leaf in the tree yet.
INSERT INTO record (leaf, id, act, time, previous, salt)
VALUES (:leaf, :id, :act, :time, :previous, :salt);

-- name: statement
INSERT INTO statement (body, leaf) VALUES (:body, :leaf);

-- name: text
INSERT INTO text (hash, body) VALUES (:hash, :body);

-- name: tile
INSERT INTO tile (level, number, hashes) VALUES (:level, :number, :hashes);

-- name: bundle
INSERT INTO bundle (number, entries) VALUES (:number, :entries);

-- name: checkpoint
INSERT INTO checkpoint (size, note) VALUES (:size, :note);

-- name: timestamp
INSERT INTO timestamp (size, token) VALUES (:size, :token);

-- name: refusal
INSERT INTO refusal_count (day, declaration_version, count)
VALUES (:day, :declaration_version, :count);

-- name: report
INSERT INTO report_count (day, directive, host, count) VALUES (:day, :directive, :host, :count);

-- name: index_of_records
-- Made again once all rows are there: 10^7 rows in the order of random ids would take minutes.
SELECT sql FROM sqlite_schema WHERE name = 'record_by_half_id';

-- name: drop_index
DROP INDEX record_by_half_id;

-- name: begin
BEGIN IMMEDIATE;

-- name: commit
COMMIT;
