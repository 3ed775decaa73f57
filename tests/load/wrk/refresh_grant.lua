-- Refreshes the grants of an app by live tokens: takes the oldest one, and puts the one of the answer at the end.
-- Arguments: a file with a token a line, and the app's Authorization header.

require "report"

local tokens, first, last = {}, 1, 0

local function push(token)
  last = last + 1
  tokens[last] = token
end

function init(arguments)
  for token in io.lines(arguments[1]) do
    push(token)
  end
  wrk.method = "POST"
  wrk.headers["Content-Type"] = "application/x-www-form-urlencoded"
  wrk.headers["Authorization"] = arguments[2]
end

function request()
  local token = tokens[first] or "none is left"
  tokens[first] = nil
  first = first + 1
  return wrk.format(nil, nil, nil, "grant_type=refresh_token&refresh_token=" .. token)
end

function response(status, _, body)
  local token = status == 200 and body:match('"refresh_token":%s*"([^"]+)"')
  if token then
    push(token)
  end
end
