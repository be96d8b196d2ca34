-- What issue 4 needs: records, and two daily counts. Before the code: nothing older reads this.
-- Not here: leaf hashes, salts, tree and checkpoints (issue 2) come as further migrations.

-- "dacc": tells this file from any other SQLite database.
PRAGMA application_id = 1684104035;

-- One consent or withdrawal per row. seq is the order of appending; rows are never changed.
-- body is the record's canonical JSON (RFC 8785) and repeats the id, which proves the column.
CREATE TABLE record (
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    body TEXT NOT NULL
) STRICT;

-- How many refused, by day and declaration. No row stands for a reader (law 6).
CREATE TABLE refusal_count (
    day INTEGER NOT NULL,
    declaration_version TEXT NOT NULL,
    count INTEGER NOT NULL,
    PRIMARY KEY (day, declaration_version)
) STRICT, WITHOUT ROWID;

-- Undeclared hosts that browsers reported in observe mode; ('*', '*') is everything else.
CREATE TABLE report_count (
    day INTEGER NOT NULL,
    directive TEXT NOT NULL,
    host TEXT NOT NULL,
    count INTEGER NOT NULL,
    PRIMARY KEY (day, directive, host)
) STRICT, WITHOUT ROWID;
