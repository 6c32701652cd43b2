/** What Agenda itself asks for, where its own way would leave our sets behind or look at all jobs. */
export const repository = `
ops.index = function(op)
  for _, id in ipairs(op.ids) do index(id) end
end

ops.remove = function(op)
  local removed = 0
  for _, id in ipairs(op.ids) do removed = removed + remove(id) end
  return removed
end

ops.disable = function(op)
  local changed = 0
  for _, id in ipairs(op.ids) do
    if call('EXISTS', jobKey(id)) == 1 then
      call('HSET', jobKey(id), 'disabled', op.disabled)
      index(id)
      changed = changed + 1
    end
  end
  return changed
end

local function lock(id, op)
  local h = call('HMGET', jobKey(id), 'name', 'priority', 'worker')
  unlock(id, h[3])
  call('ZREM', dueKey(h[1], h[2] or '0'), id)
  call('HSET', jobKey(id), 'lockedAtMs', now, 'claim', op.claim, 'worker', op.by or '',
    'lastModifiedBy', op.by or 'null')
  call('ZADD', P .. 'locks', now, id)
  return call('HGETALL', jobKey(id))
end

-- A job whose lock has expired goes first: it has waited longest.
ops.next = function(op)
  for _, id in ipairs(call('ZRANGEBYSCORE', P .. 'locks', '-inf', op.deadline, 'LIMIT', 0, 100)) do
    local h = call('HMGET', jobKey(id), 'name', 'disabled')
    if h[1] == op.name and h[2] ~= 'true' then return lock(id, op) end
  end
  local found, usual = {}, now
  now = op.scan
  collect(found, op.name, 1, 1)
  now = usual
  return found[1] and lock(found[1].id, op)
end

ops.lock = function(op)
  local h = call('HMGET', jobKey(op.id), 'name', 'nextRunAt')
  if h[1] ~= op.name or not waits(op.id) then return nil end
  if op.nextRunAt and op.nextRunAt ~= h[2] then return nil end
  return lock(op.id, op)
end

ops.saveState = function(op)
  local h = call('HMGET', jobKey(op.id), 'name', 'claim', 'worker', 'priority')
  if h[1] ~= op.name or (op.claim and h[2] ~= op.claim) then return 0 end
  for field, value in pairs(op.fields) do call('HSET', jobKey(op.id), field, value) end
  if given(op.fields.lockedAtMs) then call('ZADD', P .. 'locks', op.fields.lockedAtMs, op.id)
  else unlock(op.id, h[3]) end
  local next = given(op.fields.nextRunAt)
  schedule(op.id, h[4] or '0', next and toMs(next))
  index(op.id)
  return 1
end

ops.unlock = function(op)
  for _, id in ipairs(op.ids) do
    local h = call('HMGET', jobKey(id), 'claim', 'worker', 'nextRunAt')
    local mine = not op.claim or op.claim == h[1]
    if mine and (op.always or given(h[3])) then
      unlock(id, h[2])
      index(id)
    end
  end
end

ops.queueSize = function() return call('ZCOUNT', P .. 'jobs:by_next_run_at', '-inf', '(' .. now + 1) end

-- For whoever saves a job by more than one step.
ops.reserve = function(op)
  return call('SET', P .. 'saving:' .. op.name, op.by, 'NX', 'PX', op.time) and 1 or 0
end
ops.free = function(op)
  local key = P .. 'saving:' .. op.name
  if call('GET', key) == op.by then call('DEL', key) end
end
ops.single = function(op)
  local id = call('GET', P .. 'jobs:single:' .. op.name)
  return id and call('HGETALL', jobKey(id))
end
`
