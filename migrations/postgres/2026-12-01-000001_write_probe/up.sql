-- After a write has failed, a server writes `filler` anew to find out whether writes work again. It has the size of what
-- calls write: a smaller one would fit where theirs do not.
CREATE TABLE write_probe (
    id integer NOT NULL PRIMARY KEY CHECK (id = 1),
    filler bytea NOT NULL CHECK (length(filler) <= 65536)
);
INSERT INTO write_probe (id, filler) VALUES (1, '');
