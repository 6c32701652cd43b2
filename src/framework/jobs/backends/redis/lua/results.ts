/** How results change; `begin`, `finish` and `release` are also parts of what happens to a job. */
export const results = `
local kinds = {SUCCESS = 'succeeded', FAILURE = 'failed', RETRY = 'retried', REVOKED = 'revoked'}

local function begin(id, name, claim, worker, at)
  local key = resultKey(id)
  local r = call('HMGET', key, 'state', 'attempts', 'retries')
  if r[1] == 'REVOKED' then return nil end
  local attempts = (r[2] or 0) + 1
  call('HSET', key, 'state', 'STARTED', 'attempts', attempts, 'claim', claim, 'worker', worker,
    'startedAt', at)
  if r[1] and r[1] ~= 'RETRY' then
    call('HDEL', key, 'finishedAt')
    call('ZREM', P .. 'finished', id)
  end
  record('started', id, name, at, worker)
  move(id, name, r[1] or 'PENDING', 'STARTED')
  return attempts, tonumber(r[3] or 0)
end

local function finish(id, name, ending)
  local key = resultKey(id)
  local state, at = ending.state, ending.at
  local r = call('HMGET', key, 'claim', 'state', 'retries')
  if r[1] ~= ending.claim or (r[2] ~= 'STARTED' and r[2] ~= state) then return false end
  call('HDEL', key, 'result', 'error', 'finishedAt')
  local retries = 0
  if state == 'RETRY' then
    retries = (r[3] or 0) + (r[2] == state and 0 or 1)
  else
    call('HSET', key, 'finishedAt', at)
    call('ZADD', P .. 'finished', at, id)
  end
  call('HSET', key, 'state', state, 'retries', retries)
  if ending.result then call('HSET', key, 'result', ending.result) end
  if ending.error then call('HSET', key, 'error', ending.error) end
  record(kinds[state], id, name, at)
  move(id, name, r[2], state)
  return true
end

local function release(id, name, claim, kind)
  local key = resultKey(id)
  local r = call('HMGET', key, 'claim', 'state')
  if r[1] ~= claim or r[2] ~= 'STARTED' then return false end
  call('HSET', key, 'state', 'PENDING')
  call('HDEL', key, 'startedAt')
  record(kind, id, name, now)
  move(id, name, 'STARTED', 'PENDING')
  return true
end

local function revokeResult(id, name, repeats)
  local state = stateOf(id)
  local open = state == 'PENDING' or state == 'RETRY' or state == 'REVOKED'
  if state == 'STARTED' or not (open or repeats) then return false end
  call('HSET', resultKey(id), 'state', 'REVOKED', 'finishedAt', now)
  call('ZADD', P .. 'finished', now, id)
  record('revoked', id, name, now)
  move(id, name, state, 'REVOKED')
  return true
end

local function renew(id, name, from)
  local state = call('HGET', resultKey(id), 'state')
  for _, one in ipairs(from) do
    if one == state then
      call('HSET', resultKey(id), 'state', 'PENDING')
      call('HDEL', resultKey(id), 'result', 'error', 'finishedAt')
      call('ZREM', P .. 'finished', id)
      move(id, name, state, 'PENDING')
      return true
    end
  end
  return false
end

ops.applyStart = function(op)
  return begin(op.id, op.name, op.claim, op.worker, op.at) and 1 or 0
end
ops.applyFinish = function(op) return finish(op.id, op.name, op) and 1 or 0 end
ops.applyRelease = function(op)
  return release(op.id, op.name, op.claim, 'released') and 1 or 0
end
ops.revokeResult = function(op) return revokeResult(op.id, op.name, op.repeats) and 1 or 0 end
ops.renew = function(op) return renew(op.id, op.name, op.from) and 1 or 0 end
ops.findResult = function(op) return call('HGETALL', resultKey(op.id)) end

ops.pruneResults = function(op)
  local ids = call('ZRANGEBYSCORE', P .. 'finished', '-inf', '(' .. op.before, 'LIMIT', 0, op.limit)
  for _, id in ipairs(ids) do removeResult(id) end
  call('XTRIM', P .. 'changes', 'MINID', '~', op.before)
  return ids
end
`
