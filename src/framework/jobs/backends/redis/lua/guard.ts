/** How workers say that they live, and how the jobs of those that do not are taken over. */
export const guard = `
-- A claim whose answer never arrived is nobody's: its worker does not know of it.
local patience = 10000

ops.beat = function(op)
  call('HSET', P .. 'workers', op.worker, op.record)
  call('ZADD', P .. 'seen', now, op.worker)
  for id, claim in pairs(op.known) do
    if call('HGET', jobKey(id), 'claim') == claim then
      call('HSET', jobKey(id), 'lockedAtMs', now)
      call('ZADD', P .. 'locks', now, id)
    end
  end
  for _, id in ipairs(call('SMEMBERS', heldKey(op.worker))) do
    local since = call('ZSCORE', P .. 'locks', id)
    if not op.known[id] and (not since or now - since > patience) then
      local h = call('HMGET', jobKey(id), 'name', 'claim')
      if h[1] and given(h[2]) then giveBack(id, h[1], h[2], 'released')
      else call('SREM', heldKey(op.worker), id) end
    end
  end
end

-- All that a worker holds, while its own thread is too busy to say what it knows of.
ops.keep = function(op)
  call('ZADD', P .. 'seen', 'XX', now, op.worker)
  for _, id in ipairs(call('SMEMBERS', heldKey(op.worker))) do
    if call('HGET', jobKey(id), 'worker') == op.worker then
      call('HSET', jobKey(id), 'lockedAtMs', now)
      call('ZADD', P .. 'locks', now, id)
    end
  end
end

-- Others that were not heard of for so many ms.
ops.silent = function(op)
  local silent = {}
  for _, id in ipairs(call('ZRANGEBYSCORE', P .. 'seen', '-inf', now - op.since)) do
    if id ~= op.worker then
      local since = now - call('ZSCORE', P .. 'seen', id)
      silent[#silent + 1] = {id, since, call('HGET', P .. 'workers', id)}
    end
  end
  return silent
end

local function forgetWorker(id)
  call('HDEL', P .. 'workers', id)
  call('ZREM', P .. 'seen', id)
end

ops.retire = function(op) forgetWorker(op.worker) end

local function workerLost(id, h, op)
  local key, at = jobKey(id), toIso(now)
  local next = given(h.following) or (given(h.repeats) and given(h.nextRunAt)) or nil
  call('HDEL', key, 'crashes')
  call('HSET', key, 'nextRunAt', next or 'null', 'lastFinishedAt', at, 'failedAt', at,
    'failReason', op.reason, 'failCount', (given(h.failCount) or 0) + 1)
  schedule(id, h.priority or '0', next and toMs(next))
  if next then waitAgain(id) end
  finish(id, h.name, {state = 'FAILURE', claim = h.claim, at = now, error = op.lost})
  return 'FAILURE'
end

local function rescue(id, op)
  local v = call('HMGET', jobKey(id), 'name', 'claim', 'worker', 'crashes', 'terminating',
    'following', 'repeatInterval', 'nextRunAt', 'priority', 'failCount')
  local h = {name = v[1], claim = v[2] or '', following = v[6], repeats = v[7], nextRunAt = v[8],
    priority = v[9], failCount = v[10]}
  unlock(id, v[3])
  if not h.name then return nil end
  local state
  if not given(v[5]) and (v[4] or 0) + 1 >= op.maxCrashes then
    state = workerLost(id, h, op)
  else
    call('HINCRBY', jobKey(id), 'crashes', 1)
    state = giveBack(id, h.name, h.claim, 'rescued')
  end
  return {id, h.name, h.claim, state}
end

-- What a worker that has ended still holds; a job that is somebody else's by now is left alone.
local function bury(worker, op, rescued)
  for _, id in ipairs(call('SMEMBERS', heldKey(worker))) do
    if #rescued >= op.limit then return end
    if call('HGET', jobKey(id), 'worker') == worker then rescued[#rescued + 1] = rescue(id, op) end
    call('SREM', heldKey(worker), id)
  end
  forgetWorker(worker)
end

-- Takes a few jobs at a time, as the server answers nobody else meanwhile.
ops.rescue = function(op)
  local rescued = {}
  for _, worker in ipairs(op.dead) do bury(worker, op, rescued) end
  local late = call('ZRANGEBYSCORE', P .. 'locks', '-inf', now - op.lifetime, 'LIMIT', 0,
    op.limit - #rescued)
  for _, id in ipairs(late) do rescued[#rescued + 1] = rescue(id, op) end
  return rescued
end

local function pruneOne(id)
  local h = call('HMGET', jobKey(id), 'name', 'lockedAtMs', 'repeatInterval', 'nextRunAt', 'disabled')
  local ended = not given(h[4]) or h[5] == 'true'
  if h[1] and not given(h[2]) and not given(h[3]) and ended then return remove(id) end
  if h[1] then move(id, h[1], stateOf(id), 'PENDING') end
  removeResult(id)
end

-- Returns how many went, so that whoever asks knows whether there may be more.
ops.prune = function(op)
  local before = now - op.expires
  local ids = call('ZRANGEBYSCORE', P .. 'finished', '-inf', '(' .. before, 'LIMIT', 0, op.limit)
  for _, id in ipairs(ids) do pruneOne(id) end
  call('XTRIM', P .. 'changes', 'MINID', '~', before)
  return #ids
end

-- Whether Agenda alone, in another process, has added or removed jobs.
ops.isAstray = function()
  local known = 0
  for _, name in ipairs(call('SMEMBERS', P .. 'names')) do
    for _, state in ipairs(states) do known = known + call('ZCARD', stateKey(name, state)) end
  end
  return known ~= call('SCARD', P .. 'jobs:all') and 1 or 0
end

ops.repair = function(op)
  local page = call('SSCAN', P .. 'jobs:all', op.cursor, 'COUNT', op.limit)
  for _, id in ipairs(page[2]) do
    local name = call('HGET', jobKey(id), 'name')
    if not name or not call('ZSCORE', stateKey(name, stateOf(id)), id) then index(id) end
  end
  return page[1]
end

ops.sweep = function(op)
  local key = stateKey(op.name, op.state)
  local page = call('ZSCAN', key, op.cursor, 'COUNT', op.limit)
  for i = 1, #page[2], 2 do
    local id = page[2][i]
    if call('EXISTS', jobKey(id)) == 0 then
      call('ZREM', key, id)
      removeResult(id)
    end
  end
  return page[1]
end
`
