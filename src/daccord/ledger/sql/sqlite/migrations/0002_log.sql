-- The log: salts, tree, statements, checkpoints. Before the code: nothing older reads this.
-- The records of version 1 are kept to the byte, in their order, and wait to be merged.
-- fresh_salt() is registered by daccord.ledger.schema: 32 bytes of the operating system's randomness.

ALTER TABLE record RENAME TO record_1;

-- What many records share: a record's canonical JSON without "id", "previous" and "time".
CREATE TABLE act (
    number INTEGER PRIMARY KEY,
    body TEXT NOT NULL UNIQUE
) STRICT;

-- One consent or withdrawal per row. leaf is its place in the log, given when it is appended: at
-- and above head.size a row is durable and waits for the tree; below, the tree holds it.
-- A row that was forgotten is blank (id NULL) or gone: see forget_records.
CREATE TABLE record (
    leaf INTEGER PRIMARY KEY,
    id TEXT,
    act INTEGER NOT NULL,
    time INTEGER NOT NULL,
    previous TEXT,
    salt BLOB NOT NULL
) STRICT;

INSERT INTO act (body)
SELECT json_remove(body, '$.id', '$.previous', '$.time')
FROM record_1
GROUP BY 1
ORDER BY min(seq);

INSERT INTO record (leaf, id, act, time, previous, salt)
SELECT
    row_number() OVER (ORDER BY seq) - 1,
    id,
    (SELECT number FROM act WHERE act.body = json_remove(record_1.body, '$.id', '$.previous', '$.time')),
    body ->> '$.time',
    body ->> '$.previous',
    fresh_salt()
FROM record_1
ORDER BY seq;

DROP TABLE record_1;

-- Half of an id finds its record: 66 random bits, so that two honest ids never share them.
-- Half, because secure_delete does not reach what SQLite moved from one page of an index to
-- another earlier: of one in a thousand forgotten rows the entry was still there in free space.
-- No index may therefore hold an id or a salt.
CREATE UNIQUE INDEX record_by_half_id ON record (substr(id, 1, 11));
-- And half of one finds the records that follow it: changes of mind, a few in a hundred.
CREATE INDEX record_by_half_previous ON record (substr(previous, 1, 11))
WHERE previous IS NOT NULL;

-- What anybody may know: a declaration version that went live, a key that came into use.
-- leaf as in record: no two rows of the two tables have the same.
CREATE TABLE statement (
    body TEXT PRIMARY KEY,
    leaf INTEGER NOT NULL UNIQUE
) STRICT;

-- The public texts that statements name by SHA-256.
CREATE TABLE text (
    hash BLOB PRIMARY KEY,
    body BLOB NOT NULL
) STRICT;

-- The tree: at most 256 hashes to a tile. A partial tile is overwritten by its longer self.
CREATE TABLE tile (
    level INTEGER NOT NULL,
    number INTEGER NOT NULL,
    hashes BLOB NOT NULL,
    PRIMARY KEY (level, number)
) STRICT;

-- What was hashed into level 0, as tlog-tiles bundles entries.
CREATE TABLE bundle (
    number INTEGER PRIMARY KEY,
    entries BLOB NOT NULL
) STRICT;

-- One row: the newest size and root, and the signed note of just these. The root of an empty tree
-- is SHA-256 of nothing.
CREATE TABLE head (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    size INTEGER NOT NULL,
    root BLOB NOT NULL,
    checkpoint TEXT
) STRICT;
INSERT INTO head (one, size, root)
VALUES (1, 0, x'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');

-- Checkpoints that are kept: with cosignatures, or time-stamped.
CREATE TABLE checkpoint (
    size INTEGER PRIMARY KEY,
    note TEXT NOT NULL
) STRICT;

-- RFC 3161 tokens over kept checkpoints; one checkpoint may have several.
CREATE TABLE timestamp (
    number INTEGER PRIMARY KEY,
    size INTEGER NOT NULL,
    token BLOB NOT NULL
) STRICT;

-- What is durable and not in the tree yet, in the order of arriving.
CREATE VIEW incoming AS
SELECT leaf AS seq, id, act, time, previous, salt
FROM record WHERE leaf >= (SELECT size FROM head);
