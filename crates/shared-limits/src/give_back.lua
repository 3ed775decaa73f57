-- Takes one of each key back. ARGV has for each key what one costs, in microseconds.
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
for number, key in ipairs(KEYS) do
  local cost = tonumber(redis.call('GET', key) or 0) - now - tonumber(ARGV[number])
  if cost > 0 then
    redis.call('SET', key, string.format('%.0f', now + cost), 'PX', math.ceil(cost / 1000))
  else
    redis.call('DEL', key)
  end
end
return 1
