-- After a write has failed, a server writes `filler` anew to find out whether writes work again. It has the size of what
-- calls write: a smaller one would fit where theirs do not.
CREATE TABLE write_probe (
    id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    filler BLOB NOT NULL CHECK (length(filler) <= 65536)
) STRICT;
INSERT INTO write_probe (id, filler) VALUES (1, x'');
