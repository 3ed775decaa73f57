DROP TABLE installation;
DROP TABLE refresh_tokens;
DROP TABLE users;
