-- Users and sessions for pgbench, in Portcullis' schema. Each client has 64 sessions of its own, so that no two of them
-- wait for one row.

INSERT INTO users (id, email, email_verified, full_name, role, is_active, created_at, search_text)
SELECT lpad(to_hex(n), 32, '0')::uuid, 'bare-' || n || '@example.org', false, 'Ada Lovelace', 'USER', true, now(),
    'bare-' || n || '@example.org' || chr(10) || 'ada lovelace'
FROM generate_series(0, 64 * 64 - 1) AS n;
INSERT INTO sessions (id, user_id, kind, authenticated_at, methods, seed, generation, created_at, rotated_at, last_used_at,
    expires_at, revoked_at, address, user_agent, outdated, access_until)
SELECT id, id, 'token', now(), 'pwd', decode(repeat('07', 32), 'hex'), 0, now(), now(), now(), now() + interval '7 days', NULL,
    '127.0.0.1', NULL, NULL, now()
FROM users;
VACUUM ANALYZE users, sessions;
