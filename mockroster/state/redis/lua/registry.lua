-- The registry: creation ids by name, and the names in the order of their last use.

local function drop(c)
  local m = meta(c)
  local state = call('HMGET', m, 'name', 'rev')
  call('UNLINK', unpack(keys_of(c)))
  for _, kind in ipairs(KINDS) do forget(kind, c) end
  if state[1] then
    call('HDEL', P .. 'names', state[1])
    call('ZREM', P .. 'used', state[1])
    publish(c, 'dropped', state[2])
  end
end

-- Remove the least recently used sandboxes above a bound, the newest one never; return their names and bounds.
local function make_room()
  local evicted, candidates = {}, {}
  for _, name in ipairs(call('ZRANGE', P .. 'used', 0, -1)) do
    if name ~= DEFAULT then candidates[#candidates + 1] = name end
  end
  local number = #candidates
  for i = 1, #candidates - 1 do
    local bound
    if number > LIMIT.sandboxes then
      bound = 'sandboxes'
    elseif weight_of('recipes', '') > LIMIT.recipes then
      bound = 'recipes'
    else
      break
    end
    local c = creation_of(candidates[i])
    if c then
      drop(c)
      evicted[#evicted + 1] = candidates[i]
      evicted[#evicted + 1] = bound
    end
    number = number - 1
  end
  return evicted
end

function ops.create(c, m, name, recipe, clock, scenarios, cells, counters)
  if creation_of(name) then return {0, 0} end
  drop(c) -- keys of an earlier `default` may expire later than its head
  -- Higher than the generation of any sandbox of that id before, which a store that lost its keys may have had.
  local time = call('TIME')
  call('HSET', m, 'name', name, 'recipe', recipe, 'clock', clock, 'scenarios', scenarios, 'runs', '[]', 'rev', 0, 'began', 0,
    'gen', int(time[1] * 1000 + floor(time[2] / 1000)))
  call('HSET', P .. 'names', name, c)
  call('HINCRBY', P .. 'q:recipes', c, #recipe)
  call('HINCRBY', P .. 'q:recipes', '', #recipe)
  grow(c, replace(c, key(c, 'content'), cells))
  counters_restore(c, m, counters)
  touch(c, m)
  return {0, 1, make_room(), head(m)}
end

-- Return names, ids and, of sandboxes that are not in the list of known ids, recipes.
function ops.all(_, _, ...)
  local known, rows = {}, {0}
  for _, c in ipairs({...}) do known[c] = true end
  for _, name in ipairs(call('ZRANGE', P .. 'used', 0, -1)) do
    local c = creation_of(name)
    if c then rows[#rows + 1] = {name, c, known[c] and '' or call('HGET', meta(c), 'recipe')} end
  end
  return rows
end

-- Replace a recipe if it is still the old one; return whether it was, and the recipe now.
function ops.amend(_, _, name, old, new)
  local c = creation_of(name)
  if not c then return {DROPPED} end
  local found = call('HGET', meta(c), 'recipe')
  if found ~= old then return {0, 0, found} end
  call('HSET', meta(c), 'recipe', new)
  call('HINCRBY', P .. 'q:recipes', c, #new - #old)
  call('HINCRBY', P .. 'q:recipes', '', #new - #old)
  return {0, 1, new}
end

function ops.drop(_, _, name)
  local c = creation_of(name)
  if not c then return {0, 0} end
  drop(c)
  return {0, 1}
end

-- Return the token key and the epoch of the store; the first caller's are kept.
function ops.open(_, _, token_key, epoch)
  local k = P .. 'store'
  call('HSETNX', k, 'token_key', token_key)
  call('HSETNX', k, 'epoch', epoch)
  call('EXPIRE', k, TTL)
  return {0, call('HGET', k, 'token_key'), call('HGET', k, 'epoch')}
end
