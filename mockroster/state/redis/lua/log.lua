-- The newest batches of a sandbox: a stream whose ids are the revisions.

function shed.logs(c)
  local k = key(c, 'log')
  local oldest = call('XRANGE', k, '-', '+', 'COUNT', 1)[1]
  if not oldest then return 0 end
  local number, weight = tonumber(oldest[2][4]), tonumber(oldest[2][6])
  call('XDEL', k, oldest[1])
  call('HINCRBY', meta(c), 'log_changes', 0 - number)
  call('HINCRBY', meta(c), 'log_weight', 0 - weight)
  return weight
end

local function check_next(m, revision)
  local current = call('HGET', m, 'rev')
  if tonumber(current) + 1 ~= tonumber(revision) then return {CONFLICT, current} end
end

-- Add a batch, and drop the oldest ones above a bound, which may be all.
local function log_add(c, m, revision, batch, number, weight)
  local k = key(c, 'log')
  if tonumber(number) > LIMIT.log_changes or tonumber(weight) > LIMIT.log then
    batch = '' -- it is dropped below, and need not be stored before
  end
  call('XADD', k, revision .. '-0', 'b', batch, 'n', number, 'w', weight)
  keep(k)
  call('HINCRBY', m, 'log_changes', number)
  call('HINCRBY', m, 'log_weight', weight)
  charge('logs', c, tonumber(weight))
  while true do
    local sums = call('HMGET', m, 'log_changes', 'log_weight')
    if tonumber(sums[1]) <= LIMIT.log_changes and tonumber(sums[2]) <= LIMIT.log then break end
    local freed = shed.logs(c)
    if freed == 0 then break end
    release('logs', c, freed)
  end
end

-- Arguments: revision, batch, number of changes, weight, the place of the first change in the batch, cause.
function ops.append(c, m, revision, batch, number, weight, at, cause, grows)
  local err = check_next(m, revision) or (grows == '1' and check_room(m)) or nil
  if err then return err end
  local k = key(c, 'content')
  grow(c, apply(c, k, batch, tonumber(at), cause))
  keep(k)
  call('HSET', m, 'rev', revision)
  log_add(c, m, revision, batch, number, weight)
  publish(c, 'change', revision)
  return {0}
end

-- Return whole batches after a revision: at least one, and up to `limit` changes.
function ops.log_read(c, m, since, limit)
  local k, found = key(c, 'log'), {}
  local oldest = tonumber(call('HGET', m, 'rev')) - call('XLEN', k) + 1
  since, limit = tonumber(since), tonumber(limit)
  if since < oldest - 1 then return {TRUNCATED, int(oldest)} end
  local at = '(' .. int(since)
  while true do
    local batches = call('XRANGE', k, at, '+', 'COUNT', 100)
    for _, batch in ipairs(batches) do
      limit = limit - tonumber(batch[2][4])
      if #found > 0 and limit < 0 then return {0, found} end
      found[#found + 1] = batch[2][2]
    end
    if #batches < 100 then return {0, found} end
    at = '(' .. batches[100][1]
  end
end

function ops.log_truncate(c, m, revision)
  local k = key(c, 'log')
  while true do
    local oldest = call('XRANGE', k, '-', '+', 'COUNT', 1)[1]
    if not oldest or tonumber(string.match(oldest[1], '^%d+')) > tonumber(revision) then return {0} end
    release('logs', c, shed.logs(c))
  end
end
