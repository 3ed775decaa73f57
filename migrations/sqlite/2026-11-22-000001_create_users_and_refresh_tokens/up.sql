-- Instants are microseconds since 1970 in UTC; ids are the 16 bytes of a UUID.
CREATE TABLE users (
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    email TEXT NOT NULL UNIQUE,
    email_verified INTEGER NOT NULL CHECK (email_verified IN (0, 1)),
    full_name TEXT NOT NULL,
    role TEXT NOT NULL CHECK (role IN ('USER', 'ADMIN')),
    is_active INTEGER NOT NULL CHECK (is_active IN (0, 1)),
    created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- A user who has no password has no row.
CREATE TABLE passwords (
    user_id BLOB NOT NULL PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    hash TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE sessions (
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    user_id BLOB NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    -- By which of the methods of RFC 8176 the user proved who they are, and when. A refresh changes neither.
    authenticated_at INTEGER NOT NULL,
    methods TEXT NOT NULL CHECK (length(methods) BETWEEN 1 AND 64),
    seed BLOB NOT NULL CHECK (length(seed) = 32),
    generation INTEGER NOT NULL CHECK (generation >= 0),
    created_at INTEGER NOT NULL,
    rotated_at INTEGER NOT NULL,
    last_used_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    revoked_at INTEGER,
    address TEXT,
    user_agent TEXT
) STRICT, WITHOUT ROWID;

-- A rotation changes neither column, so it leaves the index alone.
CREATE INDEX sessions_user_id_created_at ON sessions (user_id, created_at);

-- What this installation has one of. The salt goes into the keys that are derived from the secret key.
CREATE TABLE installation (
    id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    salt BLOB NOT NULL CHECK (length(salt) = 32)
) STRICT;

INSERT INTO installation (id, salt) VALUES (1, randomblob(32));
