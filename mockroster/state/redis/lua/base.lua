-- Common to all operations: keys, time, expiry, notices, bounds over all sandboxes.
-- An operation is called with the creation id of its sandbox and returns {0, ...}, or {code, ...} for an error.

local call = redis.call
local sub = string.sub
local floor = math.floor
local ops = {}
local shed = {}

local DROPPED, CONFLICT, FULL, ALL_FULL, TRUNCATED, SNAPSHOTS, NO_NUMBER, CHANGED = 1, 2, 3, 4, 5, 6, 7, 8

-- Return the time in microseconds.
local function now()
  @NOW@
end

local function int(number)
  return string.format('%.0f', number)
end

local function meta(c)
  return P .. 's:' .. c
end

local function key(c, part)
  return P .. 's:' .. c .. ':' .. part
end

-- Return a number that is higher than all before.
local function tick()
  return call('INCR', P .. 'tick')
end

-- Return a number that is higher than those of all scripts before, the same in this call of a script.
local rank
local function recency()
  rank = rank or tick()
  return rank
end

-- Let a new key expire; a key that has a time to live keeps it.
local function keep(k)
  call('EXPIRE', k, TTL, 'NX')
end

local function publish(c, kind, number)
  call('PUBLISH', P .. 'n:' .. c, kind .. ' ' .. number)
end

-- Bounds over all sandboxes. Field '' of the hash is the sum.

local function weight_of(kind, c)
  return tonumber(call('HGET', P .. 'q:' .. kind, c) or 0)
end

local function release(kind, c, weight)
  if weight == 0 then return end
  local q = P .. 'q:' .. kind
  call('HINCRBY', q, c, 0 - weight)
  call('HINCRBY', q, '', 0 - weight)
end

local function forget(kind, c)
  local q, weight = P .. 'q:' .. kind, weight_of(kind, c)
  call('HDEL', q, c)
  call('ZREM', q .. ':rank', c)
  if weight ~= 0 then call('HINCRBY', q, '', 0 - weight) end
end

-- Add to the weight of a sandbox. Above the bound the sandbox that grew longest ago loses its oldest items first; one
-- that has expired has none.
local function charge(kind, c, weight)
  local q = P .. 'q:' .. kind
  call('HINCRBY', q, c, weight)
  call('ZADD', q .. ':rank', recency(), c)
  local used = call('HINCRBY', q, '', weight)
  if used == weight then
    keep(q)
    keep(q .. ':rank')
  end
  while used > LIMIT['all_' .. kind] do
    local victim = call('ZRANGE', q .. ':rank', 0, 0)[1]
    if not victim then break end
    local freed = call('EXISTS', meta(victim)) == 1 and shed[kind](victim) or 0
    release(kind, victim, freed)
    if freed == 0 or weight_of(kind, victim) == 0 then forget(kind, victim) end
    used = weight_of(kind, '')
  end
end

-- Call a function with each piece of a text that consists of lengths and texts: `many` 4-byte lengths, then the texts.
local function each(blob, at, many, f)
  local form, size = '>' .. string.rep('I4', many), #blob
  while at <= size do
    local lengths = {struct.unpack(form, blob, at)}
    local start, texts = lengths[many + 1], {}
    for i = 1, many do
      texts[i] = sub(blob, start, start + lengths[i] - 1)
      start = start + lengths[i]
    end
    f(texts[1], texts[2], texts[3], texts[4])
    at = start
  end
end
