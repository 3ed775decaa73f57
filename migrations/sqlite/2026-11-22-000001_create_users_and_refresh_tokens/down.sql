DROP TABLE installation;
DROP TABLE sessions;
DROP TABLE passwords;
DROP TABLE users;
