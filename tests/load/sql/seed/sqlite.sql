-- Fills a store of SQLite. `{users}`, `{events}` and `{sessions}` stand for how many. Numbers are scattered by an odd
-- factor, so that the same call gives the same users and nearly the same events.

PRAGMA journal_mode = OFF;
PRAGMA synchronous = OFF;
PRAGMA cache_size = -1000000;
PRAGMA temp_store = MEMORY;

CREATE TEMP TABLE names (n INTEGER PRIMARY KEY, name TEXT);
INSERT INTO names VALUES
    (0, 'Ada Lovelace'), (1, '김민준'), (2, 'Grace Hopper'), (3, 'Jürgen Groß'), (4, '이서연'), (5, 'Алла Пугачёва'),
    (6, 'Maria da Silva'), (7, '박지훈'), (8, 'Nguyễn Văn An'), (9, 'Kim Smith'), (10, '최수아'), (11, 'Zoë Washburne'),
    (12, 'Olu Adeyemi'), (13, '정하은'), (14, 'Sven Åkesson'), (15, 'Joan Clarke');

BEGIN;
-- Over two years, the last one a minute ago. One of a thousand is an administrator, one of fifty disabled.
WITH RECURSIVE counted (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM counted WHERE n < {users}),
made AS (
    SELECT n, (unixepoch() - 60 - (CAST({users} AS INTEGER) - n) * 63072000 / {users}) * 1000 + n % 1000 AS ms,
        'user-' || n || '@' || iif(n % 7 = 0, 'example.kr', 'example.org') AS email,
        iif(n % 100000 = 7, '선우은결', (SELECT name FROM names WHERE names.n = counted.n * 2654435761 % 4294967296 % 16))
            AS name
    FROM counted
)
INSERT INTO users (id, email, email_verified, full_name, role, is_active, created_at, search_text)
SELECT unhex(printf('%012x7%03x8%015x', ms, n & 4095, n)), email, 1, name, iif(n % 1000 = 0, 'ADMIN', 'USER'),
    n % 50 <> 0, ms * 1000,
    lower(email) || char(10) || replace(replace(replace(lower(name), 'А', 'а'), 'П', 'п'), 'Å', 'å')
FROM made;
INSERT INTO passwords (user_id, hash)
SELECT id, '$2b$12$CCCCCCCCCCCCCCCCCCCCCu.fRZHHOYgHEbnNRNSbC4lzqA0d8CXB6' FROM users;
COMMIT;

CREATE TEMP TABLE people (n INTEGER PRIMARY KEY, id BLOB);
INSERT INTO people SELECT row_number() OVER () - 1, id FROM users;

BEGIN;
-- Over a year. Two of a hundred happened to one user, five to nobody that there is; five are of a type that is rare.
WITH RECURSIVE counted (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM counted WHERE n < {events}),
made AS (
    SELECT n, n * 2654435761 % 4294967296 AS chance,
        (unixepoch() - (CAST({events} AS INTEGER) - n) * 31536000 / {events}) * 1000 + n % 1000 AS ms
    FROM counted
)
INSERT INTO audit_events (id, format, kind, at, user_id, address, request_id, result, details, mac, seal)
SELECT unhex(printf('%012x7%03x8%015x', ms, n & 4095, n)), 1,
    CASE
        WHEN n % ({events} / 5 + 1) = 77 THEN 'store_restored'
        WHEN chance % 100 < 70 THEN 'login' WHEN chance % 100 < 82 THEN 'logout' WHEN chance % 100 < 90 THEN 'session_ended'
        WHEN chance % 100 < 93 THEN 'password_changed' WHEN chance % 100 < 95 THEN 'registration'
        WHEN chance % 100 < 97 THEN 'refresh_token_reused' WHEN chance % 100 < 98 THEN 'role_changed'
        ELSE 'profile_changed'
    END,
    ms * 1000 + n % 997,
    CASE WHEN chance % 101 < 2 THEN (SELECT id FROM people WHERE people.n = 0) WHEN chance % 101 < 7 THEN NULL
        ELSE (SELECT id FROM people WHERE people.n = chance / 101 % {users}) END,
    '203.0.' || (chance % 113) || '.' || (chance % 251), lower(hex(randomblob(16))),
    iif(chance % 10 = 0, 'failure', 'success'),
    '{' || iif(chance % 101 < 7, '', printf('"session_id":"%08x-0000-7000-8000-%012x",', chance, n))
        || '"user_agent":"Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"'
        || iif(chance % 10 = 0, ',"reason":"wrong_password"', '') || '}', randomblob(32),
    iif(n <= CAST({events} AS INTEGER) - 1000, 1 + n / 500, NULL)
FROM made;
COMMIT;

BEGIN;
-- Over 180 days, of which the first half has ended.
WITH RECURSIVE counted (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM counted WHERE n < {sessions}),
made AS (
    SELECT n, (unixepoch() - (CAST({sessions} AS INTEGER) - n) * 15552000 / {sessions}) * 1000 + n % 1000 AS ms
    FROM counted
)
INSERT INTO sessions (
    id, user_id, kind, authenticated_at, methods, seed, generation, created_at, rotated_at, last_used_at, expires_at, address,
    access_until
)
SELECT unhex(printf('%012x7%03x8%015x', ms, n & 4095, n)), (SELECT id FROM people WHERE people.n = made.n % {users}),
    'token', ms * 1000, 'pwd', randomblob(32), 3, ms * 1000, ms * 1000, ms * 1000, (ms + 7776000000) * 1000, '203.0.113.7',
    ms * 1000
FROM made;
COMMIT;

PRAGMA journal_mode = WAL;
