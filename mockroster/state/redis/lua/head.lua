-- The head of a sandbox, its use, and requests.

local PARTS = {
  'content', 'log', 'journal', 'events', 'counters', 'counters:until', 'counters:order', 'uses', 'leases',
  'texts', 'texts:order', 'snapshots', 'snapshots:all', 'snapshots:weights', 'runs', 'runs:all',
}
local KINDS = {'contents', 'logs', 'journals', 'counters', 'nonces', 'texts', 'facts', 'recipes'}

local function keys_of(c)
  local keys = {meta(c)}
  for _, part in ipairs(PARTS) do keys[#keys + 1] = key(c, part) end
  for _, name in ipairs(call('LRANGE', key(c, 'snapshots'), 0, -1)) do
    keys[#keys + 1] = key(c, 'snapshot:content:' .. name)
    keys[#keys + 1] = key(c, 'snapshot:counters:' .. name)
  end
  for _, name in ipairs(call('LRANGE', key(c, 'runs'), 0, -1)) do keys[#keys + 1] = key(c, 'facts:' .. name) end
  return keys
end

-- Record the use of a sandbox; from time to time all its keys are given their whole time to live again.
local function touch(c, m)
  local state = call('HMGET', m, 'name', 'touched')
  call('ZADD', P .. 'used', recency(), state[1])
  local time = tonumber(call('TIME')[1])
  if time - tonumber(state[2] or 0) < TTL / 50 then return end
  call('HSET', m, 'touched', time)
  for _, k in ipairs(keys_of(c)) do call('EXPIRE', k, TTL) end
  for _, part in ipairs({'names', 'used', 'tick', 'store'}) do call('EXPIRE', P .. part, TTL) end
  for _, kind in ipairs(KINDS) do
    call('EXPIRE', P .. 'q:' .. kind, TTL)
    call('EXPIRE', P .. 'q:' .. kind .. ':rank', TTL)
  end
end

local function head(m)
  local state = call('HMGET', m, 'gen', 'rev', 'clock', 'scenarios', 'runs')
  state[6] = call('HGET', P .. 'store', 'epoch') or ''
  return state
end

function ops.head(c, m)
  return {0, head(m)}
end

function ops.begin(c, m, arrival, weight)
  touch(c, m)
  local sequence = journal_begin(c, m, arrival, weight)
  publish(c, 'request', sequence)
  return {0, head(m), sequence}
end

-- Arguments: sequence, completion, its weight, fact, then the names of runs.
function ops.complete(c, m, sequence, completion, weight, fact, ...)
  journal_complete(c, m, sequence, completion, weight)
  local number, cleared = tonumber(sequence), tonumber(call('HGET', m, 'cleared_at') or 0)
  local is_cleared = number > 0 and number <= cleared
  for _, name in ipairs({...}) do
    if not (is_cleared and name == EVERYTHING) then run_record(c, name, fact) end
  end
  publish(c, 'request', sequence)
  return {0}
end

function ops.set_clock(c, m, clock)
  call('HSET', m, 'clock', clock)
  publish(c, 'clock', call('HGET', m, 'rev'))
  return {0, head(m)}
end

function ops.advance_clock(c, m, by)
  call('HINCRBY', m, 'clock', by)
  publish(c, 'clock', call('HGET', m, 'rev'))
  return {0, head(m)}
end

function ops.set_scenarios(c, m, scenarios, ...)
  for _, prefix in ipairs({...}) do counters_clear(c, prefix) end
  call('HSET', m, 'scenarios', scenarios)
  publish(c, 'scenarios', call('HGET', m, 'rev'))
  return {0, head(m)}
end

-- Return the creation id of a name, or nil. A sandbox that has expired is removed.
local function creation_of(name)
  local c = call('HGET', P .. 'names', name)
  if not c then return nil end
  if call('EXISTS', meta(c)) == 1 then return c end
  for _, kind in ipairs(KINDS) do forget(kind, c) end
  call('HDEL', P .. 'names', name)
  call('ZREM', P .. 'used', name)
  return nil
end

-- Return the id, the recipe if the caller does not know the sandbox, and the head.
local function registration(c, known)
  return {c, c == known and '' or call('HGET', meta(c), 'recipe'), head(meta(c))}
end

function ops.find(_, _, name, known)
  local c = creation_of(name)
  if not c then return {0} end
  return {0, registration(c, known)}
end

function ops.use(_, _, name, known)
  local c = creation_of(name)
  if not c then return {0} end
  touch(c, meta(c))
  return {0, registration(c, known)}
end

function ops.enter(_, _, name, known, arrival, weight)
  local c = creation_of(name)
  if not c then return {0} end
  local begun = ops.begin(c, meta(c), arrival, weight)
  return {0, registration(c, known), begun[3]}
end
