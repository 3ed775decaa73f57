-- Signs in to an app by code, as browsers that are signed in to the provider already: an authorization request by one of
-- them, then the redemption of its code by the app. Arguments: a file with the cookies of a browser a line, the request's
-- path with its query, the token endpoint's path, the app's Authorization header, and the form of a redemption up to the
-- code.

require "report"

counted = { "flows", "strayed" }
flows, strayed = 0, 0

local browsers, codes, turn = {}, {}, 0
local request_path, token_path, token_headers, form

function init(arguments)
  for cookies in io.lines(arguments[1]) do
    browsers[#browsers + 1] = { Cookie = cookies }
  end
  request_path, token_path = arguments[2], arguments[3]
  token_headers = { Authorization = arguments[4], ["Content-Type"] = "application/x-www-form-urlencoded" }
  form = arguments[5]
end

function request()
  local code = table.remove(codes)
  if code then
    return wrk.format("POST", token_path, token_headers, form .. code)
  end
  turn = turn % #browsers + 1
  return wrk.format("GET", request_path, browsers[turn])
end

function response(status, headers, _)
  local location = headers["location"] or headers["Location"]
  local code = location and location:match("[?&]code=([^&]+)")
  if code then
    codes[#codes + 1] = code
  elseif status == 200 then
    flows = flows + 1
  elseif status < 400 then
    -- Anything else is counted by wrk.
    strayed = strayed + 1
  end
end
