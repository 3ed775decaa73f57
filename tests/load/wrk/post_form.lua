-- POST of a form. Argument: the form.

require "report"

function init(arguments)
  wrk.method = "POST"
  wrk.headers["Content-Type"] = "application/x-www-form-urlencoded"
  wrk.body = arguments[1]
end
