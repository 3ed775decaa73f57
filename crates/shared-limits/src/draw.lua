-- Counts one of each key, or none where one has none left. ARGV has for each key how many may be counted at once, and what
-- each costs in microseconds. Answers whether all were counted (1 or 0), and what each key costs now, in microseconds.
-- A key holds the time at which all that was counted by it will have come back.
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local answer = {1}
for number, key in ipairs(KEYS) do
  local most, interval = tonumber(ARGV[2 * number - 1]), tonumber(ARGV[2 * number])
  local cost = math.max(tonumber(redis.call('GET', key) or 0) - now, 0)
  -- Somebody set the clock back: from now on the key costs what it can cost at the most.
  if cost > most * interval then
    cost = most * interval
    redis.call('SET', key, string.format('%.0f', now + cost), 'PX', math.ceil(cost / 1000))
  end
  if cost + interval > most * interval then
    answer[1] = 0
  end
  answer[number + 1] = cost
end
if answer[1] == 1 then
  for number, key in ipairs(KEYS) do
    local cost = answer[number + 1] + tonumber(ARGV[2 * number])
    redis.call('SET', key, string.format('%.0f', now + cost), 'PX', math.ceil(cost / 1000))
    answer[number + 1] = cost
  end
end
return answer
