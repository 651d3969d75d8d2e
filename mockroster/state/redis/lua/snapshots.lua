-- Snapshots: a list of names, a hash of descriptions, one of weights; for each a content and a list of counters.

function ops.snapshot_save(c, m, name, at)
  local names, described = key(c, 'snapshots'), key(c, 'snapshots:all')
  local is_new = call('HEXISTS', described, name) == 0
  if is_new and call('LLEN', names) >= LIMIT.snapshots then return {SNAPSHOTS, call('LRANGE', names, 0, -1)} end
  local err = check_all()
  if err then return err end
  local head = call('HMGET', m, 'rev', 'clock', 'scenarios', 'weight')
  if is_new then call('RPUSH', names, name) end
  call('HSET', described, name, cjson.encode({head[1], at, head[2], head[3], int(tick())}))
  local content, counters = key(c, 'snapshot:content:' .. name), key(c, 'snapshot:counters:' .. name)
  call('DEL', content, counters)
  call('COPY', key(c, 'content'), content)
  local saved = counters_saved(c)
  for i = 1, #saved, 3 do call('RPUSH', counters, saved[i], saved[i + 1], saved[i + 2]) end
  local weights = key(c, 'snapshots:weights')
  local weight = tonumber(head[4] or 0)
  local growth = weight - tonumber(call('HGET', weights, name) or 0)
  call('HSET', weights, name, weight)
  hold(c, growth)
  for _, k in ipairs({names, described, weights, content, counters}) do keep(k) end
  return {0, is_new and 1 or 0}
end

function ops.snapshots(c, m)
  local found = {}
  for _, name in ipairs(call('LRANGE', key(c, 'snapshots'), 0, -1)) do
    found[#found + 1] = name
    found[#found + 1] = call('HGET', key(c, 'snapshots:all'), name)
  end
  return {0, found}
end

function ops.snapshot_delete(c, m, name)
  if call('HDEL', key(c, 'snapshots:all'), name) == 0 then return {0, 0} end
  call('LREM', key(c, 'snapshots'), 1, name)
  local weight = tonumber(call('HGET', key(c, 'snapshots:weights'), name) or 0)
  call('HDEL', key(c, 'snapshots:weights'), name)
  call('UNLINK', key(c, 'snapshot:content:' .. name), key(c, 'snapshot:counters:' .. name))
  hold(c, 0 - weight)
  return {0, 1}
end

local function snapshots_rebase(c, m, changes)
  for _, name in ipairs(call('LRANGE', key(c, 'snapshots'), 0, -1)) do
    local growth = rebase(c, key(c, 'snapshot:content:' .. name), changes)
    call('HINCRBY', key(c, 'snapshots:weights'), name, growth)
    hold(c, growth)
  end
end
