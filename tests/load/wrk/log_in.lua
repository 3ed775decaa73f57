-- Logs in as one user after the other. Arguments: the password, how many users.

require "report"

local next_user = 0

function init(arguments)
  password = arguments[1]
  users = tonumber(arguments[2])
  wrk.method = "POST"
  wrk.headers["Content-Type"] = "application/json"
end

function request()
  next_user = (next_user + 1) % users
  return wrk.format(nil, nil, nil, string.format(
    '{"email":"login-%d@example.org","password":"%s"}', next_user, password))
end
