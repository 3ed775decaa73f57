-- What a refresh asks of a store in a transaction of its own: the session, a guarded write to it, and then its user.
\set n :client_id * 64 + random(0, 63)
BEGIN;
SELECT id, user_id, authenticated_at, methods, seed, generation, created_at, rotated_at, last_used_at, expires_at,
    revoked_at, address, user_agent, outdated, access_until
FROM sessions WHERE id = lpad(to_hex(:n::integer), 32, '0')::uuid \gset
UPDATE sessions
SET generation = :generation::bigint + 1, rotated_at = now(), last_used_at = now(),
    expires_at = now() + interval '7 days',
    access_until = now() + interval '15 minutes', address = '127.0.0.1', user_agent = NULL
WHERE id = lpad(to_hex(:n::integer), 32, '0')::uuid AND generation = :generation::bigint AND revoked_at IS NULL;
SELECT id, email, email_verified, full_name, role, is_active, created_at, search_text
FROM users WHERE id = lpad(to_hex(:n::integer), 32, '0')::uuid;
COMMIT;
