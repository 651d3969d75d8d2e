-- Texts: a hash by reference, and a sorted set of the order of the last writes.

function shed.texts(c)
  local oldest = call('ZPOPMIN', key(c, 'texts:order'))[1]
  if not oldest then return 0 end
  local weight = call('HSTRLEN', key(c, 'texts'), oldest)
  call('HDEL', key(c, 'texts'), oldest)
  call('HINCRBY', meta(c), 'texts_weight', 0 - weight)
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
