-- Counters: a hash of JSON values, a sorted set of deadlines, and one of the order of the last writes.
-- Uses: a sorted set of deadlines. Leases: a hash of JSON objects, deadlines by id.

local function is_number(value)
  return string.find(value, '^%-?%d+$') ~= nil
end

local function counter_weight(k, value)
  return #k + (is_number(value) and 32 or #value)
end

local function counter_pop(c, k, value)
  call('HDEL', key(c, 'counters'), k)
  call('ZREM', key(c, 'counters:until'), k)
  call('ZREM', key(c, 'counters:order'), k)
  local weight = counter_weight(k, value)
  call('HINCRBY', meta(c), 'counters_weight', 0 - weight)
  return weight
end

-- Return the value of a counter, or nil if it does not exist or has expired.
local function counter(c, k)
  local value = call('HGET', key(c, 'counters'), k)
  if not value then return nil end
  local deadline = call('ZSCORE', key(c, 'counters:until'), k)
  if deadline and tonumber(deadline) <= now() then return nil, value end
  return value
end

function shed.counters(c)
  local oldest = call('ZRANGE', key(c, 'counters:order'), 0, 0)[1]
  if not oldest then return 0 end
  return counter_pop(c, oldest, call('HGET', key(c, 'counters'), oldest))
end

local function counters_make_room(c, m)
  local k, expired = key(c, 'counters'), call('ZRANGEBYSCORE', key(c, 'counters:until'), '-inf', now())
  for _, name in ipairs(expired) do release('counters', c, counter_pop(c, name, call('HGET', k, name))) end
  local most, heaviest = floor(LIMIT.counters * 9 / 10), floor(LIMIT.counters_weight * 9 / 10)
  while call('HLEN', k) > most or tonumber(call('HGET', m, 'counters_weight')) > heaviest do
    release('counters', c, shed.counters(c))
  end
end

-- Set a counter; `before` is its value, `seconds` the time after which a new one expires, in microseconds.
local function counter_set(c, m, k, before, value, expires)
  local values = key(c, 'counters')
  local delta = counter_weight(k, value) - (before and counter_weight(k, before) or 0)
  call('HSET', values, k, value)
  call('ZADD', key(c, 'counters:order'), tick(), k)
  if not before and expires ~= '' then call('ZADD', key(c, 'counters:until'), int(now() + tonumber(expires)), k) end
  keep(values)
  keep(key(c, 'counters:order'))
  keep(key(c, 'counters:until'))
  local weight = call('HINCRBY', m, 'counters_weight', delta)
  charge('counters', c, delta)
  if call('HLEN', values) > LIMIT.counters or weight > LIMIT.counters_weight then counters_make_room(c, m) end
end

-- Return a counter; one that has expired is removed.
local function counter_alive(c, k)
  local value, expired = counter(c, k)
  if expired then release('counters', c, counter_pop(c, k, expired)) end
  return value
end

function ops.increment(c, m, k, by, expires)
  local value = counter(c, k)
  if value and not is_number(value) then return {NO_NUMBER, k, sub(value, 1, 40)} end
  local before = counter_alive(c, k)
  local sum = tonumber(before or 0) + tonumber(by)
  if math.abs(sum) >= 9007199254740992 then error('the counter ' .. k .. ' leaves the range of whole numbers') end
  counter_set(c, m, k, before, int(sum), expires)
  return {0, int(sum)}
end

function ops.counter_get(c, m, k)
  return {0, (counter(c, k)) or ''}
end

-- Replace a value if it is `before`; the empty text stands for none.
function ops.counter_set(c, m, k, before, value, expires)
  local current = counter_alive(c, k)
  if (current or '') ~= before then return {CHANGED, current or ''} end
  if value ~= '' then
    counter_set(c, m, k, current, value, expires)
  elseif current then
    release('counters', c, counter_pop(c, k, current))
  end
  return {0}
end

local function counters_clear(c, prefix)
  for _, k in ipairs(call('HKEYS', key(c, 'counters'))) do
    if sub(k, 1, #prefix) == prefix then
      release('counters', c, counter_pop(c, k, call('HGET', key(c, 'counters'), k)))
    end
  end
end

-- Return all counters, the least recently written first: key, value, microseconds that are left or the empty text.
local function counters_saved(c)
  local saved, time = {}, now()
  for _, k in ipairs(call('ZRANGE', key(c, 'counters:order'), 0, -1)) do
    local deadline = call('ZSCORE', key(c, 'counters:until'), k)
    if not deadline or tonumber(deadline) > time then
      saved[#saved + 1] = k
      saved[#saved + 1] = call('HGET', key(c, 'counters'), k)
      saved[#saved + 1] = deadline and int(tonumber(deadline) - time) or ''
    end
  end
  return saved
end

-- Replace all counters; `saved` is a text of keys, values and microseconds.
local function counters_restore(c, m, saved)
  call('DEL', key(c, 'counters'), key(c, 'counters:until'), key(c, 'counters:order'))
  call('HSET', m, 'counters_weight', 0)
  forget('counters', c)
  each(saved, 1, 3, function(k, value, expires) counter_set(c, m, k, nil, value, expires) end)
end

-- Above the bound those uses are forgotten that expire first.
function shed.nonces(c)
  return #call('ZPOPMIN', key(c, 'uses')) / 2
end

function ops.first_use(c, m, name, seconds)
  local k, time = key(c, 'uses'), now()
  local deadline = call('ZSCORE', k, name)
  if deadline and tonumber(deadline) > time then return {0, 0} end
  call('ZADD', k, int(time + tonumber(seconds)), name)
  keep(k)
  if not deadline then charge('nonces', c, 1) end
  if call('ZCARD', k) > LIMIT.nonces then
    local gone = call('ZREMRANGEBYSCORE', k, '-inf', int(time))
    local excess = call('ZCARD', k) - floor(LIMIT.nonces * 9 / 10)
    if excess > 0 then gone = gone + call('ZREMRANGEBYRANK', k, 0, excess - 1) end
    release('nonces', c, gone)
  end
  return {0, 1}
end

local function leases_alive(text, time)
  local held, count = {}, 0
  for id, deadline in pairs(cjson.decode(text)) do
    if tonumber(deadline) > time then
      held[id] = deadline
      count = count + 1
    end
  end
  return held, count
end

function ops.acquire(c, m, name, id, seconds)
  local k, time = key(c, 'leases'), now()
  if call('HLEN', k) >= LIMIT.counters then
    for _, other in ipairs(call('HKEYS', k)) do
      local _, count = leases_alive(call('HGET', k, other), time)
      if count == 0 then call('HDEL', k, other) end
    end
  end
  local held, count = leases_alive(call('HGET', k, name) or '{}', time)
  held[id] = int(time + tonumber(seconds))
  call('HSET', k, name, cjson.encode(held))
  keep(k)
  return {0, count + 1}
end

function ops.release(c, m, name, id)
  local k = key(c, 'leases')
  local text = call('HGET', k, name)
  if text then
    local held = cjson.decode(text)
    held[id] = nil
    if next(held) then call('HSET', k, name, cjson.encode(held)) else call('HDEL', k, name) end
  end
  return {0}
end
