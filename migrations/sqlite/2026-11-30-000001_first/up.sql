-- Instants are microseconds since 1970 in UTC; ids are the 16 bytes of a UUID.
CREATE TABLE users (
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    email TEXT NOT NULL UNIQUE,
    email_verified INTEGER NOT NULL CHECK (email_verified IN (0, 1)),
    full_name TEXT NOT NULL,
    role TEXT NOT NULL CHECK (role IN ('USER', 'ADMIN')),
    is_active INTEGER NOT NULL CHECK (is_active IN (0, 1)),
    created_at INTEGER NOT NULL,
    -- What the user chose, or the first request asked for. `pending_email` waits to take the place of `email`.
    locale TEXT CHECK (length(locale) BETWEEN 1 AND 35),
    time_zone TEXT CHECK (length(time_zone) BETWEEN 1 AND 64),
    pending_email TEXT CHECK (length(pending_email) <= 254),
    has_signed_in INTEGER NOT NULL DEFAULT 0 CHECK (has_signed_in IN (0, 1)),
    -- The text that a search looks at. The program folds it, since neither database folds every script as the other
    -- does.
    search_text TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- The list, newest first. Of each pair of values the rare one has an index of its own, which most rows don't touch. What
-- a filter looks at stands in the index, so that it passes over what does not match without a look into the table.
CREATE INDEX users_created_at ON users (created_at, id, role, is_active, search_text);
CREATE INDEX users_admins ON users (created_at, id, role, is_active, search_text) WHERE role = 'ADMIN';
CREATE INDEX users_disabled ON users (created_at, id, role, is_active, search_text) WHERE NOT is_active;
CREATE INDEX users_pending_email ON users (pending_email) WHERE pending_email IS NOT NULL;

-- A user who has no password has no row.
CREATE TABLE passwords (
    user_id BLOB NOT NULL PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    hash TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE sessions (
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    user_id BLOB NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    -- What may be shown to go on with it: a refresh token, or the cookie of a browser.
    kind TEXT NOT NULL CHECK (kind IN ('token', 'browser')),
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
    user_agent TEXT,
    -- It is in no index, like every column that a refresh writes.
    outdated INTEGER CHECK (outdated >= 0),
    -- When the last access token that the session gave out expires.
    access_until INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- A rotation changes neither column, so it leaves the index alone.
CREATE INDEX sessions_user_id_created_at ON sessions (user_id, created_at);

-- Those who were invited and have not joined. One address is invited once.
CREATE TABLE invitations (
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    email TEXT NOT NULL UNIQUE,
    full_name TEXT,
    role TEXT NOT NULL CHECK (role IN ('USER', 'ADMIN')),
    -- The invitation goes with whoever invites.
    invited_by BLOB CHECK (length(invited_by) = 16) REFERENCES users (id) ON DELETE CASCADE,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX invitations_created_at ON invitations (created_at, id);
CREATE INDEX invitations_invited_by ON invitations (invited_by);
CREATE INDEX invitations_expires_at ON invitations (expires_at);

-- Links that mails carry. `digest` is of the secret text, which is kept nowhere; it is set when a mail with the link is
-- about to leave. `browser` is the digest of what binds a code to a browser. A link is of a user or of an invitation.
CREATE TABLE one_time_links (
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    purpose TEXT NOT NULL CHECK (length(purpose) BETWEEN 1 AND 32),
    user_id BLOB REFERENCES users (id) ON DELETE CASCADE,
    invitation_id BLOB REFERENCES invitations (id) ON DELETE CASCADE,
    address TEXT NOT NULL,
    session_id BLOB CHECK (length(session_id) = 16),
    digest BLOB CHECK (length(digest) = 32),
    browser BLOB CHECK (length(browser) = 32),
    code_tries INTEGER NOT NULL CHECK (code_tries >= 0),
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    used_at INTEGER,
    replaced_at INTEGER,
    CHECK ((user_id IS NULL) <> (invitation_id IS NULL))
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX one_time_links_digest ON one_time_links (digest);
CREATE INDEX one_time_links_user_id ON one_time_links (user_id, purpose);
CREATE INDEX one_time_links_invitation_id ON one_time_links (invitation_id);
CREATE INDEX one_time_links_address ON one_time_links (address, purpose);
CREATE INDEX one_time_links_expires_at ON one_time_links (expires_at);

-- Wrong codes of a user since `since`, of mails and of second factors: they count for a while, and survive a restart. Those of
-- second factors have several counters: one of all strangers, which has no name, and one of each known device and session.
CREATE TABLE code_failures (
    user_id BLOB NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    kind TEXT NOT NULL CHECK (kind IN ('mail', 'factor')),
    counter BLOB NOT NULL CHECK (length(counter) IN (0, 17)),
    since INTEGER NOT NULL,
    wrong INTEGER NOT NULL CHECK (wrong >= 0),
    PRIMARY KEY (user_id, kind, counter)
) STRICT, WITHOUT ROWID;

-- Authenticator apps. A secret is encrypted under a key that is not here, for its user alone. One that waits to be confirmed
-- stands beside the one that counts. `last_step` is the time step of the newest code that was taken: none is taken twice.
CREATE TABLE totp (
    user_id BLOB NOT NULL PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    secret BLOB,
    confirmed_at INTEGER,
    last_step INTEGER,
    pending BLOB,
    pending_since INTEGER,
    -- The session that asked for it.
    pending_session BLOB CHECK (length(pending_session) = 16),
    CHECK ((secret IS NULL) = (confirmed_at IS NULL) AND (secret IS NULL) = (last_step IS NULL)),
    CHECK ((pending IS NULL) = (pending_since IS NULL) AND (pending IS NULL) = (pending_session IS NULL))
) STRICT, WITHOUT ROWID;

-- Recovery codes that were not used, by their digests. A code that is used goes.
CREATE TABLE recovery_codes (
    user_id BLOB NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    digest BLOB NOT NULL CHECK (length(digest) = 32),
    PRIMARY KEY (user_id, digest)
) STRICT, WITHOUT ROWID;

-- Identities at other providers that accounts are linked with: who somebody is there, byte for byte. `provider` is what the
-- provider was called here then; `label` is what the identity is called there, for people.
CREATE TABLE identities (
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    user_id BLOB NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    issuer TEXT NOT NULL CHECK (length(issuer) BETWEEN 1 AND 512),
    subject TEXT NOT NULL CHECK (length(subject) BETWEEN 1 AND 255),
    provider TEXT NOT NULL CHECK (length(provider) BETWEEN 1 AND 32),
    label TEXT CHECK (length(label) BETWEEN 1 AND 100),
    linked_at INTEGER NOT NULL,
    last_used_at INTEGER,
    UNIQUE (issuer, subject)
) STRICT, WITHOUT ROWID;
CREATE INDEX identities_user_id ON identities (user_id, linked_at);

-- Passkeys: the public half of a key, in the form of what checks proofs by it. `credential_id` is what its authenticator calls
-- it. `counter` is how often it was used, as the authenticator says: a use is written only over the count that was seen.
CREATE TABLE passkeys (
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    user_id BLOB NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    credential_id BLOB NOT NULL UNIQUE CHECK (length(credential_id) BETWEEN 1 AND 1023),
    -- The domain that it was made for: a browser uses it there alone.
    relying_party TEXT NOT NULL CHECK (length(relying_party) BETWEEN 1 AND 253),
    public_half BLOB NOT NULL CHECK (length(public_half) BETWEEN 1 AND 4096),
    counter INTEGER NOT NULL CHECK (counter BETWEEN 0 AND 4294967295),
    is_synced INTEGER NOT NULL CHECK (is_synced IN (0, 1)),
    name TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    -- Where it was added, and where it was last used.
    address TEXT,
    user_agent TEXT,
    last_used_at INTEGER,
    last_address TEXT,
    last_user_agent TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX passkeys_user_id ON passkeys (user_id, created_at, id);

-- Sign-ins whose first factor was right and whose second one is asked for. `digest` is of the secret text that goes on.
CREATE TABLE sign_in_challenges (
    digest BLOB NOT NULL PRIMARY KEY CHECK (length(digest) = 32),
    user_id BLOB NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    -- The known device that it was begun on.
    device BLOB CHECK (length(device) = 16),
    methods TEXT NOT NULL CHECK (length(methods) BETWEEN 1 AND 64),
    tries INTEGER NOT NULL CHECK (tries >= 0),
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX sign_in_challenges_user_id ON sign_in_challenges (user_id, created_at);
CREATE INDEX sign_in_challenges_expires_at ON sign_in_challenges (expires_at);

-- Mails that are to leave, that left, and that were given up. A row says what the mail is about; text and link are made
-- when it is sent. Whoever sends one moves `next_at`: until then nobody else tries. Of a mail that was sent or given up,
-- `next_at` is when that was.
CREATE TABLE mails (
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    kind TEXT NOT NULL CHECK (length(kind) BETWEEN 1 AND 32),
    recipient TEXT NOT NULL,
    user_id BLOB REFERENCES users (id) ON DELETE CASCADE,
    link_id BLOB CHECK (length(link_id) = 16),
    locale TEXT CHECK (length(locale) BETWEEN 1 AND 35),
    address TEXT,
    user_agent TEXT,
    other_address TEXT,
    about TEXT CHECK (length(about) BETWEEN 1 AND 200),
    browser BLOB CHECK (length(browser) = 32),
    created_at INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('waiting', 'sent', 'failed')),
    attempts INTEGER NOT NULL CHECK (attempts >= 0),
    next_at INTEGER NOT NULL,
    ended_at INTEGER,
    failure TEXT CHECK (length(failure) <= 200),
    tried_since INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX mails_created_at ON mails (created_at, id);
CREATE INDEX mails_state ON mails (state, created_at, id);
CREATE INDEX mails_due ON mails (state, next_at);
CREATE INDEX mails_user_id ON mails (user_id);
CREATE INDEX mails_link_id ON mails (link_id);

-- OAuth clients. `id` is our own and never shown; people and programs know `client_id`. `version` counts the changes of a
-- client; `stamp` is the number of the registry's change that wrote the row last, by which servers find what changed.
-- Tokens that a client was given for itself name `token_generation`: a lower one is worthless.
CREATE TABLE clients (
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    client_id TEXT NOT NULL UNIQUE CHECK (length(client_id) BETWEEN 1 AND 1024),
    name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
    kind TEXT NOT NULL CHECK (kind IN ('web', 'spa', 'native', 'service')),
    managed_by TEXT NOT NULL CHECK (managed_by IN ('admin', 'file')),
    enabled INTEGER NOT NULL CHECK (enabled IN (0, 1)),
    auth_method TEXT NOT NULL CHECK (auth_method IN ('none', 'client_secret', 'private_key_jwt')),
    pkce TEXT NOT NULL CHECK (pkce IN ('required', 'optional')),
    consent TEXT NOT NULL CHECK (consent IN ('remember', 'always', 'skip')),
    access TEXT NOT NULL CHECK (access IN ('everyone', 'verified_email', 'members', 'admins')),
    min_acr TEXT CHECK (length(min_acr) BETWEEN 1 AND 32),
    assertion_audience TEXT NOT NULL CHECK (assertion_audience IN ('issuer', 'token_endpoint_too')),
    id_token_alg TEXT NOT NULL CHECK (length(id_token_alg) BETWEEN 1 AND 16),
    id_token_seconds INTEGER NOT NULL CHECK (id_token_seconds > 0),
    claims_in_id_token INTEGER NOT NULL CHECK (claims_in_id_token IN (0, 1)),
    roles_claim TEXT NOT NULL CHECK (roles_claim IN ('roles', 'groups')),
    jwks TEXT CHECK (length(jwks) <= 16384),
    client_uri TEXT CHECK (length(client_uri) <= 2000),
    policy_uri TEXT CHECK (length(policy_uri) <= 2000),
    tos_uri TEXT CHECK (length(tos_uri) <= 2000),
    token_generation INTEGER NOT NULL CHECK (token_generation >= 0),
    version INTEGER NOT NULL CHECK (version > 0),
    stamp INTEGER NOT NULL CHECK (stamp > 0),
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX clients_created_at ON clients (created_at, id);
CREATE INDEX clients_stamp ON clients (stamp);

-- The lists of a client, which are read with it.
CREATE TABLE client_values (
    client BLOB NOT NULL REFERENCES clients (id) ON DELETE CASCADE,
    kind TEXT NOT NULL CHECK (kind IN ('redirect_uri', 'logout_uri', 'origin', 'grant_type', 'scope')),
    value TEXT NOT NULL CHECK (length(value) BETWEEN 1 AND 2000),
    PRIMARY KEY (client, kind, value)
) STRICT, WITHOUT ROWID;

-- The digests of secrets, which are kept nowhere.
CREATE TABLE client_secrets (
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    client BLOB NOT NULL REFERENCES clients (id) ON DELETE CASCADE,
    digest BLOB NOT NULL CHECK (length(digest) = 32),
    label TEXT NOT NULL CHECK (length(label) <= 100),
    created_at INTEGER NOT NULL,
    expires_at INTEGER,
    last_used_at INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX client_secrets_client ON client_secrets (client, created_at);

-- Who may use a client whose access is for its members, and the roles that each has there.
CREATE TABLE client_members (
    client BLOB NOT NULL REFERENCES clients (id) ON DELETE CASCADE,
    user_id BLOB NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    roles TEXT NOT NULL CHECK (length(roles) <= 2000),
    added_at INTEGER NOT NULL,
    PRIMARY KEY (client, user_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX client_members_added_at ON client_members (client, added_at, user_id);
CREATE INDEX client_members_user_id ON client_members (user_id);

-- What access tokens of clients are for, and the scopes of each. The owner may ask whether such a token counts.
CREATE TABLE resources (
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    uri TEXT NOT NULL UNIQUE CHECK (length(uri) BETWEEN 1 AND 512),
    name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
    managed_by TEXT NOT NULL CHECK (managed_by IN ('admin', 'file')),
    owner BLOB REFERENCES clients (id) ON DELETE SET NULL,
    alg TEXT NOT NULL CHECK (length(alg) BETWEEN 1 AND 16),
    access_seconds INTEGER NOT NULL CHECK (access_seconds > 0),
    version INTEGER NOT NULL CHECK (version > 0),
    stamp INTEGER NOT NULL CHECK (stamp > 0),
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX resources_created_at ON resources (created_at, id);
CREATE INDEX resources_stamp ON resources (stamp);
CREATE INDEX resources_owner ON resources (owner);

CREATE TABLE resource_scopes (
    name TEXT NOT NULL PRIMARY KEY CHECK (length(name) BETWEEN 1 AND 100),
    resource BLOB NOT NULL REFERENCES resources (id) ON DELETE CASCADE,
    description TEXT NOT NULL CHECK (length(description) <= 200),
    is_default INTEGER NOT NULL CHECK (is_default IN (0, 1))
) STRICT, WITHOUT ROWID;
CREATE INDEX resource_scopes_resource ON resource_scopes (resource);

-- How often something was changed that servers keep in memory. Each unit of work that changes it adds 1 first, so that
-- such units run one after the other and the numbers are committed in their order.
CREATE TABLE change_counters (
    name TEXT NOT NULL PRIMARY KEY,
    value INTEGER NOT NULL CHECK (value >= 0)
) STRICT, WITHOUT ROWID;
INSERT INTO change_counters (name, value) VALUES ('clients', 0);

-- What this installation has one of. The salt goes into the keys that are derived from the secret key.
-- `audit_key` authenticates the audit trail and is encrypted. Access tokens that were issued before `not_before` are
-- worthless. `is_backup` marks a copy that nobody has served from yet.
CREATE TABLE installation (
    id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    salt BLOB NOT NULL CHECK (length(salt) = 32),
    audit_key BLOB CHECK (length(audit_key) <= 1024),
    not_before INTEGER,
    is_backup INTEGER NOT NULL DEFAULT 0 CHECK (is_backup IN (0, 1))
) STRICT;

INSERT INTO installation (id, salt) VALUES (1, randomblob(32));

-- What people let clients do, until they take it back. A client may be gone already: it is not referred to.
CREATE TABLE consents (
    user_id BLOB NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    client BLOB NOT NULL CHECK (length(client) = 16),
    scopes TEXT NOT NULL CHECK (length(scopes) <= 8192),
    granted_at INTEGER NOT NULL,
    last_used_at INTEGER NOT NULL,
    PRIMARY KEY (user_id, client)
) STRICT, WITHOUT ROWID;
CREATE INDEX consents_last_used_at ON consents (last_used_at);

-- What clients were given by users: one row from the code to the last refresh. What a code needs is emptied by its
-- redemption. Neither the session nor the client is referred to: both may be gone sooner.
CREATE TABLE grants (
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    client BLOB NOT NULL CHECK (length(client) = 16),
    client_generation INTEGER NOT NULL CHECK (client_generation >= 0),
    user_id BLOB NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    session_id BLOB NOT NULL CHECK (length(session_id) = 16),
    offline INTEGER NOT NULL CHECK (offline IN (0, 1)),
    scopes TEXT NOT NULL CHECK (length(scopes) <= 8192),
    resources TEXT NOT NULL CHECK (length(resources) <= 8192),
    claims TEXT NOT NULL CHECK (length(claims) <= 8192),
    -- How the user had proved who they are when they agreed, and when. No later sign-in changes it.
    authenticated_at INTEGER NOT NULL,
    methods TEXT NOT NULL CHECK (length(methods) BETWEEN 1 AND 64),
    refreshable INTEGER NOT NULL CHECK (refreshable IN (0, 1)),
    redirect_uri TEXT CHECK (length(redirect_uri) <= 2000),
    code_challenge TEXT CHECK (length(code_challenge) = 43),
    nonce TEXT CHECK (length(nonce) <= 512),
    code_until INTEGER,
    redeemed_at INTEGER,
    seed BLOB NOT NULL CHECK (length(seed) = 32),
    generation INTEGER NOT NULL CHECK (generation >= 0),
    created_at INTEGER NOT NULL,
    rotated_at INTEGER NOT NULL,
    last_used_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    outdated INTEGER CHECK (outdated >= 0),
    -- When the last access token that the grant gave out expires.
    access_until INTEGER NOT NULL,
    address TEXT,
    user_agent TEXT,
    revoked_at INTEGER,
    reason TEXT CHECK (length(reason) BETWEEN 1 AND 64)
) STRICT, WITHOUT ROWID;

-- A rotation changes none of these columns, so it leaves the indexes alone.
CREATE INDEX grants_user_id_created_at ON grants (user_id, created_at);
CREATE INDEX grants_session_id ON grants (session_id);

-- What makes access tokens worthless. Without a reference to sessions, which may be removed sooner. A number is never
-- given again, also after all rows were removed: whoever has read up to a number goes on behind it.
CREATE TABLE revocations (
    number INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    session_id BLOB NOT NULL CHECK (length(session_id) = 16),
    generation INTEGER NOT NULL CHECK (generation >= 0),
    until INTEGER NOT NULL
) STRICT;
CREATE INDEX revocations_until ON revocations (until);

-- Events outlive the accounts and sessions that they name, so there is no reference to those. What lists look for has a
-- column, all else is in `details`, a JSON text. No check names the kinds: a newer version writes others. Instants are
-- of the years 1 to 9999.
CREATE TABLE audit_events (
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    format INTEGER NOT NULL CHECK (format > 0),
    kind TEXT NOT NULL CHECK (length(kind) BETWEEN 1 AND 64),
    at INTEGER NOT NULL CHECK (at BETWEEN -62135596800000000 AND 253402300799999999),
    actor_id BLOB CHECK (length(actor_id) = 16),
    user_id BLOB CHECK (length(user_id) = 16),
    address TEXT CHECK (length(address) <= 64),
    request_id TEXT CHECK (length(request_id) <= 128),
    result TEXT NOT NULL CHECK (length(result) BETWEEN 1 AND 64),
    details TEXT NOT NULL CHECK (length(details) <= 8192),
    mac BLOB NOT NULL CHECK (length(mac) = 32),
    seal INTEGER CHECK (seal > 0)
) STRICT, WITHOUT ROWID;

CREATE INDEX audit_events_at ON audit_events (at, id, kind);
CREATE INDEX audit_events_user ON audit_events (user_id, at, id, kind) WHERE user_id IS NOT NULL;
-- Logins are so many that they are found in the whole trail: they cost one index less.
CREATE INDEX audit_events_kind ON audit_events (kind, at, id) WHERE kind <> 'login';
CREATE INDEX audit_events_seal ON audit_events (seal, at, id);

-- `events` are the ids of what the seal names, 16 bytes each, in their order.
CREATE TABLE audit_seals (
    number INTEGER NOT NULL PRIMARY KEY CHECK (number > 0),
    sealed_at INTEGER NOT NULL,
    previous BLOB NOT NULL CHECK (length(previous) = 32),
    events BLOB NOT NULL CHECK (length(events) % 16 = 0),
    digest BLOB NOT NULL CHECK (length(digest) = 32),
    mac BLOB NOT NULL CHECK (length(mac) = 32)
) STRICT;

-- The end of the chain of seals. A server that seals or prunes updates it first, so that servers take turns.
CREATE TABLE audit_head (
    id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    number INTEGER NOT NULL CHECK (number >= 0),
    hash BLOB NOT NULL CHECK (length(hash) = 32)
) STRICT;
INSERT INTO audit_head (id, number, hash) VALUES (1, 0, zeroblob(32));

CREATE TABLE audit_pruning (
    id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    through_number INTEGER NOT NULL CHECK (through_number >= 0),
    through_hash BLOB NOT NULL CHECK (length(through_hash) = 32),
    events INTEGER NOT NULL CHECK (events >= 0),
    pruned_at INTEGER NOT NULL,
    mac BLOB NOT NULL CHECK (length(mac) = 32)
) STRICT;

CREATE TABLE signing_keys (
    id TEXT NOT NULL PRIMARY KEY CHECK (length(id) BETWEEN 1 AND 128),
    purpose TEXT NOT NULL CHECK (length(purpose) BETWEEN 1 AND 64),
    algorithm TEXT NOT NULL CHECK (length(algorithm) BETWEEN 1 AND 64),
    encrypted BLOB NOT NULL CHECK (length(encrypted) <= 16384),
    public_part TEXT CHECK (length(public_part) BETWEEN 1 AND 4096),
    created_at INTEGER NOT NULL,
    activated_at INTEGER,
    retired_at INTEGER
) STRICT, WITHOUT ROWID;

-- What may be shown once: digests of what was. A row goes when its time is over, and in no other way.
CREATE TABLE spent (
    digest BLOB NOT NULL PRIMARY KEY CHECK (length(digest) = 32),
    until INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX spent_until ON spent (until);

-- The jobs that one server at a time does: nobody does one before `next_at`. `failure` says why the last run failed; it
-- is null if it went well.
CREATE TABLE jobs (
    name TEXT NOT NULL PRIMARY KEY,
    next_at INTEGER NOT NULL,
    ended_at INTEGER,
    failure TEXT CHECK (length(failure) <= 200),
    CHECK (failure IS NULL OR ended_at IS NOT NULL)
) STRICT, WITHOUT ROWID;
INSERT INTO jobs (name, next_at) VALUES ('clean_up', 0), ('prune_audit_trail', 0), ('rotate_signing_keys', 0);

-- Rows that stand for a question which one unit of work at a time may decide. To hold it is to update it.
CREATE TABLE locks (
    name TEXT NOT NULL PRIMARY KEY
) STRICT, WITHOUT ROWID;
INSERT INTO locks (name) VALUES ('administrators'), ('signing_keys'), ('nobodys_codes');

-- After a write has failed, a server writes `filler` anew to find out whether writes work again. It has the size of what
-- calls write: a smaller one would fit where theirs do not.
CREATE TABLE write_probe (
    id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    filler BLOB NOT NULL CHECK (length(filler) <= 65536)
) STRICT;
INSERT INTO write_probe (id, filler) VALUES (1, x'');
