CREATE TABLE users (
    id uuid NOT NULL PRIMARY KEY,
    email text NOT NULL UNIQUE,
    email_verified boolean NOT NULL,
    full_name text NOT NULL,
    role text NOT NULL CHECK (role IN ('USER', 'ADMIN')),
    is_active boolean NOT NULL,
    created_at timestamptz NOT NULL,
    -- What the user chose, or the first request asked for. `pending_email` waits to take the place of `email`.
    locale text CHECK (length(locale) BETWEEN 1 AND 35),
    time_zone text CHECK (length(time_zone) BETWEEN 1 AND 64),
    pending_email text CHECK (length(pending_email) <= 254),
    has_signed_in boolean NOT NULL DEFAULT false,
    -- The text that a search looks at. The program folds it, since neither database folds every script as the other
    -- does.
    search_text text NOT NULL
);

-- The list, newest first. Of each pair of values the rare one has an index of its own, which most rows don't touch. What
-- a filter looks at stands in the index, so that it passes over what does not match without a look into the table.
CREATE INDEX users_created_at ON users (created_at, id) INCLUDE (role, is_active, search_text);
CREATE INDEX users_admins ON users (created_at, id) INCLUDE (role, is_active, search_text) WHERE role = 'ADMIN';
CREATE INDEX users_disabled ON users (created_at, id) INCLUDE (role, is_active, search_text) WHERE NOT is_active;
CREATE INDEX users_pending_email ON users (pending_email) WHERE pending_email IS NOT NULL;

-- A user who has no password has no row.
CREATE TABLE passwords (
    user_id uuid NOT NULL PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    hash text NOT NULL
);

-- A rotation writes the row again: room on its page keeps the new version there, without a write to any index.
CREATE TABLE sessions (
    id uuid NOT NULL PRIMARY KEY,
    user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    -- What may be shown to go on with it: a refresh token, or the cookie of a browser.
    kind text NOT NULL CHECK (kind IN ('token', 'browser')),
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
    user_agent text,
    -- It is in no index, like every column that a refresh writes.
    outdated bigint CHECK (outdated >= 0),
    -- When the last access token that the session gave out expires.
    access_until timestamptz NOT NULL
) WITH (fillfactor = 80);

-- A rotation changes neither column, so it leaves the index alone.
CREATE INDEX sessions_user_id_created_at ON sessions (user_id, created_at);

-- Those who were invited and have not joined. One address is invited once.
CREATE TABLE invitations (
    id uuid NOT NULL PRIMARY KEY,
    email text NOT NULL UNIQUE,
    full_name text,
    role text NOT NULL CHECK (role IN ('USER', 'ADMIN')),
    -- The invitation goes with whoever invites.
    invited_by uuid REFERENCES users (id) ON DELETE CASCADE,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL
);
CREATE INDEX invitations_created_at ON invitations (created_at, id);
CREATE INDEX invitations_invited_by ON invitations (invited_by);
CREATE INDEX invitations_expires_at ON invitations (expires_at);

-- Links that mails carry. `digest` is of the secret text, which is kept nowhere; it is set when a mail with the link is
-- about to leave. `browser` is the digest of what binds a code to a browser. A link is of a user or of an invitation.
CREATE TABLE one_time_links (
    id uuid NOT NULL PRIMARY KEY,
    purpose text NOT NULL CHECK (length(purpose) BETWEEN 1 AND 32),
    user_id uuid REFERENCES users (id) ON DELETE CASCADE,
    invitation_id uuid REFERENCES invitations (id) ON DELETE CASCADE,
    address text NOT NULL,
    session_id uuid,
    digest bytea CHECK (length(digest) = 32),
    browser bytea CHECK (length(browser) = 32),
    code_tries bigint NOT NULL CHECK (code_tries >= 0),
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    used_at timestamptz,
    replaced_at timestamptz,
    CHECK ((user_id IS NULL) <> (invitation_id IS NULL))
);
CREATE UNIQUE INDEX one_time_links_digest ON one_time_links (digest);
CREATE INDEX one_time_links_user_id ON one_time_links (user_id, purpose);
CREATE INDEX one_time_links_invitation_id ON one_time_links (invitation_id);
CREATE INDEX one_time_links_address ON one_time_links (address, purpose);
CREATE INDEX one_time_links_expires_at ON one_time_links (expires_at);

-- Wrong codes of a user since `since`, of mails and of second factors: they count for a while, and survive a restart. Those of
-- second factors have several counters: one of all strangers, which has no name, and one of each known device and session.
CREATE TABLE code_failures (
    user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    kind text NOT NULL CHECK (kind IN ('mail', 'factor')),
    counter bytea NOT NULL CHECK (length(counter) IN (0, 17)),
    since timestamptz NOT NULL,
    wrong bigint NOT NULL CHECK (wrong >= 0),
    PRIMARY KEY (user_id, kind, counter)
);

-- Authenticator apps. A secret is encrypted under a key that is not here, for its user alone. One that waits to be confirmed
-- stands beside the one that counts. `last_step` is the time step of the newest code that was taken: none is taken twice.
CREATE TABLE totp (
    user_id uuid NOT NULL PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    secret bytea,
    confirmed_at timestamptz,
    last_step bigint,
    pending bytea,
    pending_since timestamptz,
    -- The session that asked for it.
    pending_session uuid,
    CHECK ((secret IS NULL) = (confirmed_at IS NULL) AND (secret IS NULL) = (last_step IS NULL)),
    CHECK ((pending IS NULL) = (pending_since IS NULL) AND (pending IS NULL) = (pending_session IS NULL))
);

-- Recovery codes that were not used, by their digests. A code that is used goes.
CREATE TABLE recovery_codes (
    user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    digest bytea NOT NULL CHECK (length(digest) = 32),
    PRIMARY KEY (user_id, digest)
);

-- Identities at other providers that accounts are linked with: who somebody is there, byte for byte. `provider` is what the
-- provider was called here then; `label` is what the identity is called there, for people.
CREATE TABLE identities (
    id uuid NOT NULL PRIMARY KEY,
    user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    issuer text NOT NULL CHECK (length(issuer) BETWEEN 1 AND 512),
    subject text NOT NULL CHECK (length(subject) BETWEEN 1 AND 255),
    provider text NOT NULL CHECK (length(provider) BETWEEN 1 AND 32),
    label text CHECK (length(label) BETWEEN 1 AND 100),
    linked_at timestamptz NOT NULL,
    last_used_at timestamptz,
    UNIQUE (issuer, subject)
);
CREATE INDEX identities_user_id ON identities (user_id, linked_at);

-- Passkeys: the public half of a key, in the form of what checks proofs by it. `credential_id` is what its authenticator calls
-- it. `counter` is how often it was used, as the authenticator says: a use is written only over the count that was seen.
CREATE TABLE passkeys (
    id uuid NOT NULL PRIMARY KEY,
    user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    credential_id bytea NOT NULL UNIQUE CHECK (length(credential_id) BETWEEN 1 AND 1023),
    -- The domain that it was made for: a browser uses it there alone.
    relying_party text NOT NULL CHECK (length(relying_party) BETWEEN 1 AND 253),
    public_half bytea NOT NULL CHECK (length(public_half) BETWEEN 1 AND 4096),
    counter bigint NOT NULL CHECK (counter BETWEEN 0 AND 4294967295),
    is_synced boolean NOT NULL,
    name text NOT NULL,
    created_at timestamptz NOT NULL,
    -- Where it was added, and where it was last used.
    address text,
    user_agent text,
    last_used_at timestamptz,
    last_address text,
    last_user_agent text
);
CREATE INDEX passkeys_user_id ON passkeys (user_id, created_at, id);

-- Sign-ins whose first factor was right and whose second one is asked for. `digest` is of the secret text that goes on.
CREATE TABLE sign_in_challenges (
    digest bytea NOT NULL PRIMARY KEY CHECK (length(digest) = 32),
    user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    -- The known device that it was begun on.
    device bytea CHECK (length(device) = 16),
    methods text NOT NULL CHECK (length(methods) BETWEEN 1 AND 64),
    tries bigint NOT NULL CHECK (tries >= 0),
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL
);
CREATE INDEX sign_in_challenges_user_id ON sign_in_challenges (user_id, created_at);
CREATE INDEX sign_in_challenges_expires_at ON sign_in_challenges (expires_at);

-- Mails that are to leave, that left, and that were given up. A row says what the mail is about; text and link are made
-- when it is sent. Whoever sends one moves `next_at`: until then nobody else tries. Of a mail that was sent or given up,
-- `next_at` is when that was.
CREATE TABLE mails (
    id uuid NOT NULL PRIMARY KEY,
    kind text NOT NULL CHECK (length(kind) BETWEEN 1 AND 32),
    recipient text NOT NULL,
    user_id uuid REFERENCES users (id) ON DELETE CASCADE,
    link_id uuid,
    locale text CHECK (length(locale) BETWEEN 1 AND 35),
    address text,
    user_agent text,
    other_address text,
    about text CHECK (length(about) BETWEEN 1 AND 200),
    browser bytea CHECK (length(browser) = 32),
    created_at timestamptz NOT NULL,
    state text NOT NULL CHECK (state IN ('waiting', 'sent', 'failed')),
    attempts bigint NOT NULL CHECK (attempts >= 0),
    next_at timestamptz NOT NULL,
    ended_at timestamptz,
    failure text CHECK (length(failure) <= 200),
    tried_since timestamptz NOT NULL
);
CREATE INDEX mails_created_at ON mails (created_at, id);
CREATE INDEX mails_state ON mails (state, created_at, id);
CREATE INDEX mails_due ON mails (state, next_at);
CREATE INDEX mails_user_id ON mails (user_id);
CREATE INDEX mails_link_id ON mails (link_id);

-- OAuth clients. `id` is our own and never shown; people and programs know `client_id`. `version` counts the changes of a
-- client; `stamp` is the number of the registry's change that wrote the row last, by which servers find what changed.
-- Tokens that a client was given for itself name `token_generation`: a lower one is worthless.
CREATE TABLE clients (
    id uuid NOT NULL PRIMARY KEY,
    client_id text NOT NULL UNIQUE CHECK (length(client_id) BETWEEN 1 AND 1024),
    name text NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
    kind text NOT NULL CHECK (kind IN ('web', 'spa', 'native', 'service')),
    managed_by text NOT NULL CHECK (managed_by IN ('admin', 'file')),
    enabled boolean NOT NULL,
    auth_method text NOT NULL CHECK (auth_method IN ('none', 'client_secret', 'private_key_jwt')),
    pkce text NOT NULL CHECK (pkce IN ('required', 'optional')),
    consent text NOT NULL CHECK (consent IN ('remember', 'always', 'skip')),
    access text NOT NULL CHECK (access IN ('everyone', 'verified_email', 'members', 'admins')),
    min_acr text CHECK (length(min_acr) BETWEEN 1 AND 32),
    assertion_audience text NOT NULL CHECK (assertion_audience IN ('issuer', 'token_endpoint_too')),
    id_token_alg text NOT NULL CHECK (length(id_token_alg) BETWEEN 1 AND 16),
    id_token_seconds bigint NOT NULL CHECK (id_token_seconds > 0),
    claims_in_id_token boolean NOT NULL,
    roles_claim text NOT NULL CHECK (roles_claim IN ('roles', 'groups')),
    jwks text CHECK (length(jwks) <= 16384),
    client_uri text CHECK (length(client_uri) <= 2000),
    policy_uri text CHECK (length(policy_uri) <= 2000),
    tos_uri text CHECK (length(tos_uri) <= 2000),
    token_generation bigint NOT NULL CHECK (token_generation >= 0),
    version bigint NOT NULL CHECK (version > 0),
    stamp bigint NOT NULL CHECK (stamp > 0),
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
);
CREATE INDEX clients_created_at ON clients (created_at, id);
CREATE INDEX clients_stamp ON clients (stamp);

-- The lists of a client, which are read with it.
CREATE TABLE client_values (
    client uuid NOT NULL REFERENCES clients (id) ON DELETE CASCADE,
    kind text NOT NULL CHECK (kind IN ('redirect_uri', 'logout_uri', 'origin', 'grant_type', 'scope')),
    value text NOT NULL CHECK (length(value) BETWEEN 1 AND 2000),
    PRIMARY KEY (client, kind, value)
);

-- The digests of secrets, which are kept nowhere.
CREATE TABLE client_secrets (
    id uuid NOT NULL PRIMARY KEY,
    client uuid NOT NULL REFERENCES clients (id) ON DELETE CASCADE,
    digest bytea NOT NULL CHECK (length(digest) = 32),
    label text NOT NULL CHECK (length(label) <= 100),
    created_at timestamptz NOT NULL,
    expires_at timestamptz,
    last_used_at timestamptz
);
CREATE INDEX client_secrets_client ON client_secrets (client, created_at);

-- Who may use a client whose access is for its members, and the roles that each has there.
CREATE TABLE client_members (
    client uuid NOT NULL REFERENCES clients (id) ON DELETE CASCADE,
    user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    roles text NOT NULL CHECK (length(roles) <= 2000),
    added_at timestamptz NOT NULL,
    PRIMARY KEY (client, user_id)
);
CREATE INDEX client_members_added_at ON client_members (client, added_at, user_id);
CREATE INDEX client_members_user_id ON client_members (user_id);

-- What access tokens of clients are for, and the scopes of each. The owner may ask whether such a token counts.
CREATE TABLE resources (
    id uuid NOT NULL PRIMARY KEY,
    uri text NOT NULL UNIQUE CHECK (length(uri) BETWEEN 1 AND 512),
    name text NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
    managed_by text NOT NULL CHECK (managed_by IN ('admin', 'file')),
    owner uuid REFERENCES clients (id) ON DELETE SET NULL,
    alg text NOT NULL CHECK (length(alg) BETWEEN 1 AND 16),
    access_seconds bigint NOT NULL CHECK (access_seconds > 0),
    version bigint NOT NULL CHECK (version > 0),
    stamp bigint NOT NULL CHECK (stamp > 0),
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
);
CREATE INDEX resources_created_at ON resources (created_at, id);
CREATE INDEX resources_stamp ON resources (stamp);
CREATE INDEX resources_owner ON resources (owner);

CREATE TABLE resource_scopes (
    name text NOT NULL PRIMARY KEY CHECK (length(name) BETWEEN 1 AND 100),
    resource uuid NOT NULL REFERENCES resources (id) ON DELETE CASCADE,
    description text NOT NULL CHECK (length(description) <= 200),
    is_default boolean NOT NULL
);
CREATE INDEX resource_scopes_resource ON resource_scopes (resource);

-- How often something was changed that servers keep in memory. Each unit of work that changes it adds 1 first, so that
-- such units run one after the other and the numbers are committed in their order.
CREATE TABLE change_counters (
    name text NOT NULL PRIMARY KEY,
    value bigint NOT NULL CHECK (value >= 0)
);
INSERT INTO change_counters (name, value) VALUES ('clients', 0);

-- What this installation has one of. The salt goes into the keys that are derived from the secret key.
-- `audit_key` authenticates the audit trail and is encrypted. Access tokens that were issued before `not_before` are
-- worthless. `is_backup` marks a copy that nobody has served from yet.
CREATE TABLE installation (
    id integer NOT NULL PRIMARY KEY CHECK (id = 1),
    salt bytea NOT NULL CHECK (length(salt) = 32),
    audit_key bytea CHECK (length(audit_key) <= 1024),
    not_before timestamptz,
    is_backup boolean NOT NULL DEFAULT false
);

-- Three random UUIDs hold 366 random bits, more than the 256 that the digest keeps.
INSERT INTO installation (id, salt)
VALUES (1, sha256(convert_to(concat(gen_random_uuid(), gen_random_uuid(), gen_random_uuid()), 'UTF8')));

-- What people let clients do, until they take it back. A client may be gone already: it is not referred to.
CREATE TABLE consents (
    user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    client uuid NOT NULL,
    scopes text NOT NULL CHECK (length(scopes) <= 8192),
    granted_at timestamptz NOT NULL,
    last_used_at timestamptz NOT NULL,
    PRIMARY KEY (user_id, client)
);
CREATE INDEX consents_last_used_at ON consents (last_used_at);

-- What clients were given by users: one row from the code to the last refresh. What a code needs is emptied by its
-- redemption. Neither the session nor the client is referred to: both may be gone sooner.
CREATE TABLE grants (
    id uuid NOT NULL PRIMARY KEY,
    client uuid NOT NULL,
    client_generation bigint NOT NULL CHECK (client_generation >= 0),
    user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    session_id uuid NOT NULL,
    offline boolean NOT NULL,
    scopes text NOT NULL CHECK (length(scopes) <= 8192),
    resources text NOT NULL CHECK (length(resources) <= 8192),
    claims text NOT NULL CHECK (length(claims) <= 8192),
    -- How the user had proved who they are when they agreed, and when. No later sign-in changes it.
    authenticated_at timestamptz NOT NULL,
    methods text NOT NULL CHECK (length(methods) BETWEEN 1 AND 64),
    refreshable boolean NOT NULL,
    redirect_uri text CHECK (length(redirect_uri) <= 2000),
    code_challenge text CHECK (length(code_challenge) = 43),
    nonce text CHECK (length(nonce) <= 512),
    code_until timestamptz,
    redeemed_at timestamptz,
    seed bytea NOT NULL CHECK (length(seed) = 32),
    generation bigint NOT NULL CHECK (generation >= 0),
    created_at timestamptz NOT NULL,
    rotated_at timestamptz NOT NULL,
    last_used_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    outdated bigint CHECK (outdated >= 0),
    -- When the last access token that the grant gave out expires.
    access_until timestamptz NOT NULL,
    address text,
    user_agent text,
    revoked_at timestamptz,
    reason text CHECK (length(reason) BETWEEN 1 AND 64)
) WITH (fillfactor = 80);

-- A rotation changes none of these columns, so it leaves the indexes alone.
CREATE INDEX grants_user_id_created_at ON grants (user_id, created_at);
CREATE INDEX grants_session_id ON grants (session_id);

-- What makes access tokens worthless. Without a reference to sessions, which may be removed sooner.
CREATE TABLE revocations (
    number bigint NOT NULL PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    session_id uuid NOT NULL,
    generation bigint NOT NULL CHECK (generation >= 0),
    until timestamptz NOT NULL
);
CREATE INDEX revocations_until ON revocations (until);

-- Events outlive the accounts and sessions that they name, so there is no reference to those. What lists look for has a
-- column, all else is in `details`, a JSON text. No check names the kinds: a newer version writes others. The sealing
-- writes each row once more and leaves its old place in the index of seals behind, in front of the rows that wait to be
-- sealed; hence the vacuum comes sooner than by default.
CREATE TABLE audit_events (
    id uuid NOT NULL PRIMARY KEY,
    format bigint NOT NULL CHECK (format > 0),
    kind text NOT NULL CHECK (length(kind) BETWEEN 1 AND 64),
    at timestamptz NOT NULL CHECK (at >= '0001-01-01 00:00:00Z' AND at < '10000-01-01 00:00:00Z'),
    actor_id uuid,
    user_id uuid,
    address text CHECK (length(address) <= 64),
    request_id text CHECK (length(request_id) <= 128),
    result text NOT NULL CHECK (length(result) BETWEEN 1 AND 64),
    details text NOT NULL CHECK (length(details) <= 8192),
    mac bytea NOT NULL CHECK (length(mac) = 32),
    seal bigint CHECK (seal > 0)
) WITH (autovacuum_vacuum_scale_factor = 0.05);

CREATE INDEX audit_events_at ON audit_events (at, id) INCLUDE (kind);
CREATE INDEX audit_events_user ON audit_events (user_id, at, id) INCLUDE (kind) WHERE user_id IS NOT NULL;
-- Logins are so many that they are found in the whole trail: they cost one index less.
CREATE INDEX audit_events_kind ON audit_events (kind, at, id) WHERE kind <> 'login';
CREATE INDEX audit_events_seal ON audit_events (seal, at, id);

-- `events` are the ids of what the seal names, 16 bytes each, in their order.
CREATE TABLE audit_seals (
    number bigint NOT NULL PRIMARY KEY CHECK (number > 0),
    sealed_at timestamptz NOT NULL,
    previous bytea NOT NULL CHECK (length(previous) = 32),
    events bytea NOT NULL CHECK (length(events) % 16 = 0),
    digest bytea NOT NULL CHECK (length(digest) = 32),
    mac bytea NOT NULL CHECK (length(mac) = 32)
);

-- The end of the chain of seals. A server that seals or prunes updates it first, so that servers take turns.
CREATE TABLE audit_head (
    id integer NOT NULL PRIMARY KEY CHECK (id = 1),
    number bigint NOT NULL CHECK (number >= 0),
    hash bytea NOT NULL CHECK (length(hash) = 32)
);
INSERT INTO audit_head (id, number, hash) VALUES (1, 0, decode(repeat('00', 32), 'hex'));

CREATE TABLE audit_pruning (
    id integer NOT NULL PRIMARY KEY CHECK (id = 1),
    through_number bigint NOT NULL CHECK (through_number >= 0),
    through_hash bytea NOT NULL CHECK (length(through_hash) = 32),
    events bigint NOT NULL CHECK (events >= 0),
    pruned_at timestamptz NOT NULL,
    mac bytea NOT NULL CHECK (length(mac) = 32)
);

CREATE TABLE signing_keys (
    id text NOT NULL PRIMARY KEY CHECK (length(id) BETWEEN 1 AND 128),
    purpose text NOT NULL CHECK (length(purpose) BETWEEN 1 AND 64),
    algorithm text NOT NULL CHECK (length(algorithm) BETWEEN 1 AND 64),
    encrypted bytea NOT NULL CHECK (length(encrypted) <= 16384),
    public_part text CHECK (length(public_part) BETWEEN 1 AND 4096),
    created_at timestamptz NOT NULL,
    activated_at timestamptz,
    retired_at timestamptz
);

-- What may be shown once: digests of what was. A row goes when its time is over, and in no other way.
CREATE TABLE spent (
    digest bytea NOT NULL PRIMARY KEY CHECK (length(digest) = 32),
    until timestamptz NOT NULL
);
CREATE INDEX spent_until ON spent (until);

-- The jobs that one server at a time does: nobody does one before `next_at`. `failure` says why the last run failed; it
-- is null if it went well.
CREATE TABLE jobs (
    name text NOT NULL PRIMARY KEY,
    next_at timestamptz NOT NULL,
    ended_at timestamptz,
    failure text CHECK (length(failure) <= 200),
    CHECK (failure IS NULL OR ended_at IS NOT NULL)
);
INSERT INTO jobs (name, next_at)
SELECT name, '1970-01-01 00:00:00Z'
FROM unnest(ARRAY ['clean_up', 'prune_audit_trail', 'rotate_signing_keys']) AS name;

-- Rows that stand for a question which one unit of work at a time may decide. To hold it is to update it.
CREATE TABLE locks (
    name text NOT NULL PRIMARY KEY
);
INSERT INTO locks (name) VALUES ('administrators'), ('signing_keys'), ('nobodys_codes');

-- Tells the other servers what they have to read again, at the commit and once for each unit of work, whatever number
-- of rows it writes. In the database it takes no round trip.
CREATE FUNCTION announce_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NOTIFY portcullis_changes;
    RETURN NULL;
END;
$$;
CREATE TRIGGER revocations_announced AFTER INSERT ON revocations
    FOR EACH STATEMENT EXECUTE FUNCTION announce_change();
CREATE TRIGGER signing_keys_announced AFTER INSERT OR UPDATE OR DELETE ON signing_keys
    FOR EACH STATEMENT EXECUTE FUNCTION announce_change();
CREATE TRIGGER registry_announced AFTER UPDATE ON change_counters
    FOR EACH STATEMENT EXECUTE FUNCTION announce_change();
CREATE TRIGGER not_before_announced AFTER UPDATE OF not_before ON installation
    FOR EACH STATEMENT EXECUTE FUNCTION announce_change();

-- After a write has failed, a server writes `filler` anew to find out whether writes work again. It has the size of what
-- calls write: a smaller one would fit where theirs do not.
CREATE TABLE write_probe (
    id integer NOT NULL PRIMARY KEY CHECK (id = 1),
    filler bytea NOT NULL CHECK (length(filler) <= 65536)
);
INSERT INTO write_probe (id, filler) VALUES (1, '');
