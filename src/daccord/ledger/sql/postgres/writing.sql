-- What fills a new ledger from another one (daccord.ledger.copying). One name for each table.
-- Not here: anything that a running ledger does.

-- name: is_used
-- Locks the head, so that no node merges into what is being filled.
SELECT
    (SELECT size FROM head FOR UPDATE) > 0
    OR EXISTS (SELECT 1 FROM record) OR EXISTS (SELECT 1 FROM incoming)
    OR EXISTS (SELECT 1 FROM statement) OR EXISTS (SELECT 1 FROM act)
    OR EXISTS (SELECT 1 FROM tile) OR EXISTS (SELECT 1 FROM bundle)
    OR EXISTS (SELECT 1 FROM refusal_count) OR EXISTS (SELECT 1 FROM report_count);

-- name: head
UPDATE head SET size = :size, root = :root, checkpoint = :checkpoint;

-- name: act
INSERT INTO act (number, digest, body)
VALUES (:number, sha256(convert_to(:body, 'UTF8')), :body);

-- name: record
COPY record (leaf, id, act, time, previous, salt) FROM STDIN;

-- name: incoming
INSERT INTO incoming (id, act, time, previous, salt)
VALUES (:id, :act, :time, :previous, :salt);

-- name: statement
INSERT INTO statement (digest, body, leaf)
VALUES (sha256(convert_to(:body, 'UTF8')), :body, :leaf);

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

-- name: number_acts
-- The next act gets a number of its own.
SELECT setval(
    pg_get_serial_sequence('act', 'number'), (SELECT coalesce(max(number), 0) + 1 FROM act), false
);
