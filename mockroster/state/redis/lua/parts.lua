-- Texts, snapshots, runs.

function shed.texts(c)
  local oldest = call('ZPOPMIN', key(c, 'texts:order'))[1]
  if not oldest then return 0 end
  local weight = call('HSTRLEN', key(c, 'texts'), oldest)
  call('HDEL', key(c, 'texts'), oldest)
  call('HINCRBY', meta(c), 'texts_weight', -weight)
  return weight
end

function ops.text_keep(c, m, reference, text)
  local k = key(c, 'texts')
  local delta = #text - call('HSTRLEN', k, reference)
  call('HSET', k, reference, text)
  call('ZADD', key(c, 'texts:order'), tick(), reference)
  keep(k)
  keep(key(c, 'texts:order'))
  local weight = call('HINCRBY', m, 'texts_weight', delta)
  charge('texts', c, delta)
  if call('HLEN', k) > LIMIT.texts or weight > LIMIT.texts_weight then
    local most, heaviest = floor(LIMIT.texts * 9 / 10), floor(LIMIT.texts_weight * 9 / 10)
    while call('HLEN', k) > most or tonumber(call('HGET', m, 'texts_weight')) > heaviest do
      release('texts', c, shed.texts(c))
    end
  end
  return {0}
end

function ops.text_get(c, m, reference)
  local text = call('HGET', key(c, 'texts'), reference)
  return {0, text and 1 or 0, text or ''}
end

-- Snapshots: a list of names, a hash of descriptions, one of weights; for each a content and a list of counters.

function ops.snapshot_save(c, m, name, at)
  local names, described = key(c, 'snapshots'), key(c, 'snapshots:all')
  local is_new = call('HEXISTS', described, name) == 0
  if is_new and call('LLEN', names) >= LIMIT.snapshots then return {SNAPSHOTS, call('LRANGE', names, 0, -1)} end
  local err = check_all()
  if err then return err end
  local head = call('HMGET', m, 'rev', 'clock', 'scenarios', 'weight')
  if is_new then call('RPUSH', names, name) end
  call('HSET', described, name, cjson.encode({head[1], at, head[2], head[3]}))
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
  hold(c, -weight)
  return {0, 1}
end

local function snapshots_rebase(c, m, changes)
  for _, name in ipairs(call('LRANGE', key(c, 'snapshots'), 0, -1)) do
    local growth = rebase(c, key(c, 'snapshot:content:' .. name), changes)
    call('HINCRBY', key(c, 'snapshots:weights'), name, growth)
    hold(c, growth)
  end
end

-- Runs: a list of names, a hash of JSON arrays {began, ended or '', dropped}, and a list of facts for each.

local function run_of(c, name)
  local text = call('HGET', key(c, 'runs:all'), name)
  return text and cjson.decode(text)
end

local function run_set(c, name, run)
  call('HSET', key(c, 'runs:all'), name, cjson.encode(run))
end

local function run_row(c, name, run)
  return {name, run[1], run[2], call('LLEN', key(c, 'facts:' .. name)), run[3]}
end

local function runs_to_head(c, m)
  local current = {}
  for _, name in ipairs(call('LRANGE', key(c, 'runs'), 0, -1)) do
    if run_of(c, name)[2] == '' then current[#current + 1] = name end
  end
  call('HSET', m, 'runs', #current > 0 and cjson.encode(current) or '[]')
  publish(c, 'run', call('HGET', m, 'rev'))
end

function shed.facts(c)
  for _, name in ipairs(call('LRANGE', key(c, 'runs'), 0, -1)) do
    local fact = call('LPOP', key(c, 'facts:' .. name))
    if fact then
      local run = run_of(c, name)
      run[3] = run[3] + 1
      run_set(c, name, run)
      return #fact + 40
    end
  end
  return 0
end

local function run_record(c, name, fact)
  local run, k = run_of(c, name), key(c, 'facts:' .. name)
  if not run or run[2] ~= '' then return end
  if call('LLEN', k) >= LIMIT.facts then
    run[3] = run[3] + 1
    run_set(c, name, run)
    return
  end
  call('RPUSH', k, fact)
  keep(k)
  charge('facts', c, #fact + 40)
end

function ops.run_start(c, m, name, at)
  local names = key(c, 'runs')
  if run_of(c, name) then return {0, 0} end
  call('RPUSH', names, name)
  run_set(c, name, {at, '', 0})
  keep(names)
  keep(key(c, 'runs:all'))
  if call('LLEN', names) > LIMIT.runs then
    local oldest, weight = call('LPOP', names), 0
    call('HDEL', key(c, 'runs:all'), oldest)
    for _, fact in ipairs(call('LRANGE', key(c, 'facts:' .. oldest), 0, -1)) do weight = weight + #fact + 40 end
    call('UNLINK', key(c, 'facts:' .. oldest))
    release('facts', c, weight)
  end
  runs_to_head(c, m)
  return {0, 1}
end

function ops.run_end(c, m, name, at)
  local run = run_of(c, name)
  if not run then return {0} end
  if run[2] == '' then
    run[2] = at
    run_set(c, name, run)
    runs_to_head(c, m)
  end
  return {0, run_row(c, name, run)}
end

function ops.run_get(c, m, name)
  local run = run_of(c, name)
  if not run then return {0} end
  return {0, run_row(c, name, run)}
end

function ops.runs(c, m)
  local rows = {0}
  for _, name in ipairs(call('LRANGE', key(c, 'runs'), 0, -1)) do
    rows[#rows + 1] = run_row(c, name, run_of(c, name))
  end
  return rows
end

function ops.facts(c, m, name)
  return {0, call('LRANGE', key(c, 'facts:' .. name), 0, -1)}
end
