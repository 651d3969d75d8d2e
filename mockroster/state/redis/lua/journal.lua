-- The last requests: a hash by sequence, and a stream of their events whose ids are the positions.
-- A value is position, weight, lengths of clock and arrival, then clock, arrival and, at its end, the completion.

local HEAD = '>I8I4I4I4'

-- Drop the oldest entry and return its weight. Sequences are consecutive.
function shed.journals(c)
  local m, k = meta(c), key(c, 'journal')
  local count = call('HLEN', k)
  if count == 0 then return 0 end
  local sequence = int(tonumber(call('HGET', m, 'arrived')) - count + 1)
  local value = call('HGET', k, sequence)
  local position, weight = struct.unpack(HEAD, value)
  call('HDEL', k, sequence)
  if position > tonumber(call('HGET', m, 'missed_until') or 0) then call('HSET', m, 'missed_until', int(position)) end
  return weight
end

local function event(c, m, sequence)
  local position = call('HINCRBY', m, 'position', 1)
  -- An entry has at most this many events after it for as long as it is kept, so its last event is always there.
  call('XADD', key(c, 'events'), 'MAXLEN', 3 * LIMIT.journal, position .. '-0', 's', sequence)
  return position
end

local function journal_begin(c, m, arrival, weight)
  local k = key(c, 'journal')
  local count, freed = call('HLEN', k), 0
  if count >= LIMIT.journal then freed = shed.journals(c) end
  local sequence = int(call('HINCRBY', m, 'arrived', 1))
  local position, clock = event(c, m, sequence), call('HGET', m, 'clock')
  call('HSET', k, sequence, struct.pack(HEAD, position, tonumber(weight), #clock, #arrival) .. clock .. arrival)
  if count == 0 then
    keep(k)
    keep(key(c, 'events'))
  end
  charge('journals', c, tonumber(weight) - freed)
  return sequence
end

local function journal_complete(c, m, sequence, completion, weight)
  local k = key(c, 'journal')
  local value = call('HGET', k, sequence)
  if not value then return end
  local _, w, clock, arrival, at = struct.unpack(HEAD, value)
  if #value >= at + clock + arrival then return end
  local position = event(c, m, sequence)
  local head = struct.pack(HEAD, position, w + tonumber(weight), clock, arrival)
  call('HSET', k, sequence, head .. sub(value, at) .. completion)
  charge('journals', c, tonumber(weight))
end

local function entries(c, m, first, last)
  local k, found = key(c, 'journal'), {}
  for sequence = first, last do
    local value = call('HGET', k, int(sequence))
    if value then
      found[#found + 1] = int(sequence)
      found[#found + 1] = value
    end
  end
  return found
end

function ops.journal_read(c, m, after, limit)
  local state, kept = call('HMGET', m, 'arrived', 'cleared_at'), call('HLEN', key(c, 'journal'))
  local arrived = tonumber(state[1] or 0)
  local first = math.max(tonumber(after) + 1, arrived - kept + 1)
  local last = arrived
  if limit ~= '' then last = math.min(last, first + tonumber(limit) - 1) end
  return {0, entries(c, m, first, last), int(arrived - tonumber(state[2] or 0) - kept)}
end

function ops.journal_updates(c, m, position)
  local k, found, seen = key(c, 'journal'), {}, {}
  for _, e in ipairs(call('XRANGE', key(c, 'events'), '(' .. position .. '-0', '+')) do
    local sequence = e[2][2]
    if not seen[sequence] then
      seen[sequence] = true
      local value = call('HGET', k, sequence)
      if value then
        found[#found + 1] = sequence
        found[#found + 1] = value
      end
    end
  end
  local state = call('HMGET', m, 'position', 'missed_until')
  local missed = tonumber(position) < tonumber(state[2] or 0)
  return {0, found, state[1] or '0', missed and 1 or 0}
end

function ops.journal_clear(c, m)
  call('DEL', key(c, 'journal'))
  forget('journals', c)
  local state = call('HMGET', m, 'arrived', 'position')
  local arrived = state[1] or '0'
  call('HSET', m, 'cleared_at', arrived, 'missed_until', state[2] or '0')
  publish(c, 'request', arrived)
  return {0}
end
