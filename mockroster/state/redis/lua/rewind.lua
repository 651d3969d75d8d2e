-- Rewinding a sandbox, and expressing it over another start.

-- Return whether a snapshot is still the one with that number, which is different each time a name is saved.
local function is_snapshot(c, name, number)
  local described = call('HGET', key(c, 'snapshots:all'), name)
  return described and cjson.decode(described)[5] == number
end

-- Arguments after the weight: clock, scenarios, counters, then name and number of a snapshot, or the cells of a content.
function ops.rewind(c, m, revision, batch, number, weight, clock, scenarios, counters, cells, name, id)
  local err = check_next(m, revision)
  if err then return err end
  if name and not is_snapshot(c, name, id) then return {CHANGED, ''} end
  local k, held = key(c, 'content'), tonumber(call('HGET', m, 'weight') or 0)
  call('UNLINK', k)
  if name then
    call('COPY', key(c, 'snapshot:content:' .. name), k)
    call('PERSIST', k)
    grow(c, tonumber(call('HGET', key(c, 'snapshots:weights'), name)) - held)
  else
    grow(c, replace(c, k, cells) - held)
  end
  keep(k)
  counters_restore(c, m, counters)
  call('HSET', m, 'rev', revision, 'began', revision, 'clock', clock, 'scenarios', scenarios)
  call('HINCRBY', m, 'gen', 1)
  log_add(c, m, revision, batch, number, weight)
  publish(c, 'change', revision)
  return {0}
end

function ops.rebase(c, m, revision, batch, number, weight, at, cause, changes)
  local err = check_next(m, revision)
  if err then return err end
  local k = key(c, 'content')
  grow(c, apply(c, k, batch, tonumber(at), cause) + rebase(c, k, changes))
  keep(k)
  snapshots_rebase(c, m, changes)
  call('HSET', m, 'rev', revision, 'began', revision)
  call('HINCRBY', m, 'gen', 1)
  log_add(c, m, revision, batch, number, weight)
  publish(c, 'change', revision)
  return {0}
end
