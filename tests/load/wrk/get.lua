-- GET with a bearer token. Argument: the token.

require "report"

function init(arguments)
  wrk.headers["Authorization"] = "Bearer " .. arguments[1]
end
