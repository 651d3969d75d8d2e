-- Runs: a list of names, a hash of JSON arrays {began, ended or '', dropped}, and a list of facts for each.

-- The run of all requests: it counts for no bound on the number of runs, and is never evicted.
local EVERYTHING = '*'

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

local function run_drop(c, name)
  local weight = 0
  call('LREM', key(c, 'runs'), 1, name)
  call('HDEL', key(c, 'runs:all'), name)
  for _, fact in ipairs(call('LRANGE', key(c, 'facts:' .. name), 0, -1)) do weight = weight + #fact + 40 end
  call('UNLINK', key(c, 'facts:' .. name))
  release('facts', c, weight)
end

function ops.run_start(c, m, name, at)
  local names = key(c, 'runs')
  if run_of(c, name) then return {0, 0} end
  call('RPUSH', names, name)
  run_set(c, name, {at, '', 0})
  keep(names)
  keep(key(c, 'runs:all'))
  local bounded = {}
  for _, other in ipairs(call('LRANGE', names, 0, -1)) do
    if other ~= EVERYTHING then bounded[#bounded + 1] = other end
  end
  if #bounded > LIMIT.runs then run_drop(c, bounded[1]) end
  runs_to_head(c, m)
  return {0, 1}
end

function ops.run_delete(c, m, name)
  if not run_of(c, name) then return {0, 0} end
  run_drop(c, name)
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

function ops.run_read(c, m, name)
  local run = run_of(c, name)
  if not run then return {0} end
  return {0, call('LRANGE', key(c, 'facts:' .. name), 0, -1), run[3]}
end
