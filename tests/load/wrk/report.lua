-- What a run prints at its end: one line of JSON after a mark. Every script of this folder loads it.

-- More members of that line, which a script may name: how many of a thing its threads have counted.
counted = {}

local threads = {}

function setup(thread)
  threads[#threads + 1] = thread
end

function done(summary, latency, _)
  local errors = summary.errors
  local more = ""
  for _, name in ipairs(counted) do
    local sum = 0
    for _, thread in ipairs(threads) do
      sum = sum + thread:get(name)
    end
    more = more .. string.format(',"%s":%d', name, sum)
  end
  io.write(string.format(
    'REPORT {"requests":%d,"seconds":%.6f,"p50_ms":%.3f,"p99_ms":%.3f,"max_ms":%.3f,'
      .. '"refused":%d,"socket_errors":%d,"timeouts":%d%s}\n',
    summary.requests, summary.duration / 1e6,
    latency:percentile(50) / 1e3, latency:percentile(99) / 1e3, latency.max / 1e3,
    errors.status, errors.connect + errors.read + errors.write, errors.timeout, more))
end
