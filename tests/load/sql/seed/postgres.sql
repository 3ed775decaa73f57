-- Fills a store of PostgreSQL. `{users}`, `{events}` and `{sessions}` stand for how many. Numbers are scattered by an
-- odd factor, so that the same call gives the same users and nearly the same events.

SET synchronous_commit = off;
SET work_mem = '256MB';
SET maintenance_work_mem = '1GB';

CREATE FUNCTION pg_temp.id_of(ms bigint, n bigint) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$
    SELECT (lpad(to_hex(ms), 12, '0') || '7' || lpad(to_hex(n & 4095), 3, '0') || '8' || lpad(to_hex(n), 15, '0'))::uuid
$$;

CREATE TEMP TABLE names AS
SELECT ARRAY [
    'Ada Lovelace', '김민준', 'Grace Hopper', 'Jürgen Groß', '이서연', 'Алла Пугачёва', 'Maria da Silva', '박지훈',
    'Nguyễn Văn An', 'Kim Smith', '최수아', 'Zoë Washburne', 'Olu Adeyemi', '정하은', 'Sven Åkesson', 'Joan Clarke'
] AS name;

-- Over two years, the last one a minute ago. One of a thousand is an administrator, one of fifty disabled.
INSERT INTO users (id, email, email_verified, full_name, role, is_active, created_at, search_text)
SELECT pg_temp.id_of(ms, n), email, true, full_name, CASE WHEN n % 1000 = 0 THEN 'ADMIN' ELSE 'USER' END, n % 50 <> 0,
    to_timestamp(ms / 1000.0),
    lower(email) || chr(10) || replace(replace(replace(lower(full_name), 'А', 'а'), 'П', 'п'), 'Å', 'å')
FROM (
    SELECT n, (extract(epoch FROM now())::bigint - 60 - ({users} - n) * 63072000 / {users}) * 1000 + n % 1000 AS ms,
        'user-' || n || '@' || CASE WHEN n % 7 = 0 THEN 'example.kr' ELSE 'example.org' END AS email,
        CASE WHEN n % 100000 = 7 THEN '선우은결' ELSE name[1 + n * 2654435761 % 4294967296 % 16] END AS full_name
    FROM generate_series(1::bigint, {users}) AS n, names
) AS made;

INSERT INTO passwords (user_id, hash)
SELECT id, '$2b$12$CCCCCCCCCCCCCCCCCCCCCu.fRZHHOYgHEbnNRNSbC4lzqA0d8CXB6' FROM users;

CREATE TEMP TABLE people AS SELECT row_number() OVER (ORDER BY created_at) - 1 AS n, id FROM users;
ANALYZE people;

-- Over a year. Two of a hundred happened to one user, five to nobody that there is; five are of a type that is rare.
INSERT INTO audit_events (id, format, kind, at, user_id, address, request_id, result, details, mac, seal)
SELECT pg_temp.id_of(ms, made.n), 1,
    CASE
        WHEN made.n % ({events} / 5 + 1) = 77 THEN 'store_restored'
        WHEN chance % 100 < 70 THEN 'login' WHEN chance % 100 < 82 THEN 'logout' WHEN chance % 100 < 90 THEN 'session_ended'
        WHEN chance % 100 < 93 THEN 'password_changed' WHEN chance % 100 < 95 THEN 'registration'
        WHEN chance % 100 < 97 THEN 'refresh_token_reused' WHEN chance % 100 < 98 THEN 'role_changed'
        ELSE 'profile_changed'
    END,
    to_timestamp(ms / 1000.0) + made.n % 997 * interval '1 microsecond',
    people.id, '203.0.' || (chance % 113) || '.' || (chance % 251), md5(made.n::text),
    CASE WHEN chance % 10 = 0 THEN 'failure' ELSE 'success' END,
    '{' || CASE WHEN chance % 101 >= 7 THEN '"session_id":"' || gen_random_uuid() || '",' ELSE '' END
        || '"user_agent":"Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"'
        || CASE WHEN chance % 10 = 0 THEN ',"reason":"wrong_password"' ELSE '' END || '}',
    sha256(made.n::text::bytea), CASE WHEN made.n <= {events} - 1000 THEN 1 + made.n / 500 END
FROM (
    SELECT n, n * 2654435761 % 4294967296 AS chance,
        (extract(epoch FROM now())::bigint - ({events} - n) * 31536000 / {events}) * 1000 + n % 1000 AS ms
    FROM generate_series(1::bigint, {events}) AS n
) AS made
LEFT JOIN people ON people.n = CASE WHEN chance % 101 < 2 THEN 0 WHEN chance % 101 >= 7 THEN chance / 101 % {users} END
ORDER BY made.n;

-- Over 180 days, of which the first half has ended.
INSERT INTO sessions (
    id, user_id, kind, authenticated_at, methods, seed, generation, created_at, rotated_at, last_used_at, expires_at, address,
    access_until
)
SELECT pg_temp.id_of(ms, made.n), people.id, 'token', at, 'pwd', sha256(made.n::text::bytea), 3, at, at, at,
    at + interval '90 days', '203.0.113.7', at
FROM (
    SELECT n, ms, to_timestamp(ms / 1000.0) AS at
    FROM (
        SELECT n, (extract(epoch FROM now())::bigint - ({sessions} - n) * 15552000 / {sessions}) * 1000 + n % 1000 AS ms
        FROM generate_series(1::bigint, {sessions}) AS n
    ) AS timed
) AS made
JOIN people ON people.n = made.n % {users}
ORDER BY made.n;

VACUUM ANALYZE;
