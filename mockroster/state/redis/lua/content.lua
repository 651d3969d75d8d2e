-- The content of a sandbox: a hash of cells. A cell is its place in the order of creation, the lengths of the record
-- before and after, both records, and the cause. A record that does not exist is the empty text.

local function cell(seq, start, after, cause)
  return struct.pack('>I8I4I4', seq, #start, #after) .. start .. after .. cause
end

-- Return place, record at start, record at present, cause.
local function parse(value)
  local seq, s, a, at = struct.unpack('>I8I4I4', value)
  return seq, sub(value, at, at + s - 1), sub(value, at + s, at + s + a - 1), sub(value, at + s + a)
end

-- Add to the bytes that a sandbox holds, with its snapshots, and to those of all.
local function hold(c, growth)
  local q = P .. 'q:contents'
  call('HINCRBY', q, c, growth)
  call('HINCRBY', q, '', growth)
  keep(q)
end

local function grow(c, growth)
  call('HINCRBY', meta(c), 'weight', growth)
  hold(c, growth)
end

-- Merge changes into a content and return its growth in bytes. `merged` returns the start, the last value and the cause
-- of a cell from its present ones and the value after the change; a cell whose value is its start is removed.
local function merge(c, k, changes, at, merged)
  local growth, m = 0, meta(c)
  local place = tonumber(call('HGET', m, 'place') or 0)
  each(changes, at, 3, function(field, before, after)
    local value = call('HGET', k, field)
    local seq, start, last, cause = nil, before, before, ''
    if value then
      seq, start, last, cause = parse(value)
      growth = growth - #start - #last
    end
    start, last, cause = merged(start, last, cause, after)
    if start == last then
      if value then call('HDEL', k, field) end
    else
      if not seq then
        place = place + 1
        seq = place
      end
      call('HSET', k, field, cell(seq, start, last, cause))
      growth = growth + #start + #last
    end
  end)
  call('HSET', m, 'place', place)
  return growth
end

-- Apply the changes of a batch to a content and return its growth in bytes.
local function apply(c, k, batch, at, cause)
  return merge(c, k, batch, at, function(start, _, _, after) return start, after, cause end)
end

-- Replace a content and return its weight.
local function replace(c, k, cells)
  local weight, place = 0, 0
  call('DEL', k)
  each(cells, 1, 4, function(field, start, after, cause)
    place = place + 1
    call('HSET', k, field, cell(place, start, after, cause))
    weight = weight + #start + #after
  end)
  call('HSET', meta(c), 'place', place)
  return weight
end

-- Express a content as the difference from another start, and return its growth in bytes.
local function rebase(c, k, changes)
  return merge(c, k, changes, 1, function(_, last, cause, after) return after, last, cause end)
end

-- Return an error if all sandboxes together hold too much. Sandboxes that have expired are forgotten first.
local function check_all()
  local limit = LIMIT.all_contents
  if weight_of('contents', '') < limit then return nil end
  for _, c in ipairs(call('HKEYS', P .. 'q:contents')) do
    if c ~= '' and call('EXISTS', meta(c)) == 0 then forget('contents', c) end
  end
  local total = weight_of('contents', '')
  if total < limit then return nil end
  return {ALL_FULL, int(total)}
end

local function check_room(m)
  local weight = tonumber(call('HGET', m, 'weight') or 0)
  if weight >= LIMIT.content then return {FULL, int(weight)} end
  return check_all()
end
