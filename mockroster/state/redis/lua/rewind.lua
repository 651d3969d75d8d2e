-- Rewinding a sandbox, and expressing it over another start.

function ops.rewind(c, m, revision, batch, number, weight, clock, scenarios, cells, counters)
  local err = check_next(m, revision)
  if err then return err end
  local k = key(c, 'content')
  grow(c, replace(c, k, cells) - tonumber(call('HGET', m, 'weight') or 0))
  keep(k)
  counters_restore(c, m, counters)
  call('HSET', m, 'rev', revision, 'began', revision, 'clock', clock, 'scenarios', scenarios)
  call('HINCRBY', m, 'gen', 1)
  log_add(c, m, revision, batch, number, weight)
  publish(c, 'change', revision)
  return {0}
end

function ops.rebase(c, m, revision, batch, number, weight, at, cause, changes, base)
  local err = check_next(m, revision)
  if err then return err end
  local k = key(c, 'content')
  grow(c, apply(c, k, batch, tonumber(at), cause) + rebase(c, k, changes))
  keep(k)
  snapshots_rebase(c, m, changes)
  call('HSET', m, 'rev', revision, 'began', revision, 'base', base)
  call('HINCRBY', m, 'gen', 1)
  log_add(c, m, revision, batch, number, weight)
  publish(c, 'change', revision)
  return {0}
end
