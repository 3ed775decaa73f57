CREATE TABLE users (
    id uuid NOT NULL PRIMARY KEY,
    email text NOT NULL UNIQUE,
    email_verified boolean NOT NULL,
    full_name text NOT NULL,
    role text NOT NULL CHECK (role IN ('USER', 'ADMIN')),
    is_active boolean NOT NULL,
    created_at timestamptz NOT NULL
);

-- A user who has no password has no row.
CREATE TABLE passwords (
    user_id uuid NOT NULL PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    hash text NOT NULL
);

-- A rotation writes the row again: room on its page keeps the new version there, without a write to any index.
CREATE TABLE sessions (
    id uuid NOT NULL PRIMARY KEY,
    user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    -- By which of the methods of RFC 8176 the user proved who they are, and when. A refresh changes neither.
    authenticated_at timestamptz NOT NULL,
    methods text NOT NULL CHECK (length(methods) BETWEEN 1 AND 64),
    seed bytea NOT NULL CHECK (length(seed) = 32),
    generation bigint NOT NULL CHECK (generation >= 0),
    created_at timestamptz NOT NULL,
    rotated_at timestamptz NOT NULL,
    last_used_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    revoked_at timestamptz,
    address text,
    user_agent text
) WITH (fillfactor = 80);

-- A rotation changes neither column, so it leaves the index alone.
CREATE INDEX sessions_user_id_created_at ON sessions (user_id, created_at);

-- What this installation has one of. The salt goes into the keys that are derived from the secret key.
CREATE TABLE installation (
    id integer NOT NULL PRIMARY KEY CHECK (id = 1),
    salt bytea NOT NULL CHECK (length(salt) = 32)
);

-- Three random UUIDs hold 366 random bits, more than the 256 that the digest keeps.
INSERT INTO installation (id, salt)
VALUES (1, sha256(convert_to(concat(gen_random_uuid(), gen_random_uuid(), gen_random_uuid()), 'UTF8')));
