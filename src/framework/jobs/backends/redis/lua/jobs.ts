import { suspectAfter } from '../../contract'

/** What senders and workers do to jobs. Every step of a run first compares the claim. */
export const jobs = `
local function holderOf(key)
  local h = call('HMGET', key, 'id', 'till')
  if not h[1] or call('EXISTS', jobKey(h[1])) == 0 then return nil end
  if given(h[2]) and tonumber(h[2]) > now then return h[1] end
  if given(call('HGET', jobKey(h[1]), 'lockedAtMs')) or waits(h[1]) then return h[1] end
end

local function add(job)
  local id, name, priority = job.id, job.name, job.priority
  local unique = job.unique and P .. 'unique:' .. redis.sha1hex(job.unique)
  local holder = unique and holderOf(unique)
  if holder then return holder end
  call('HSET', jobKey(id), 'id', id, 'name', name, 'priority', priority, 'type', 'normal',
    'nextRunAt', job.nextRunAt, 'data', job.data, 'createdAt', toIso(now))
  if unique then
    call('HSET', jobKey(id), 'uniqueKey', unique)
    call('DEL', unique)
    call('HSET', unique, 'id', id, 'till', job.till or '')
  end
  call('SADD', P .. 'jobs:all', id)
  call('SADD', P .. 'jobs:by_name:' .. name, id)
  schedule(id, priority, job.at)
  call('SADD', P .. 'names', name)
  call('ZADD', stateKey(name, 'PENDING'), now, id)
  enqueue(id, name, priority, job.at)
  record('sent', id, name, now)
  return id
end

ops.add = function(op)
  local ids = {}
  for i, job in ipairs(op.jobs) do ids[i] = add(job) end
  return ids
end

local function isSuspect(id)
  return tonumber(call('HGET', jobKey(id), 'crashes') or 0) >= ${suspectAfter}
end

local function holdsSuspect(worker)
  for _, id in ipairs(call('SMEMBERS', heldKey(worker))) do
    if isSuspect(id) then return true end
  end
  return false
end

-- Other processes of Agenda may have changed a job: what does not wait any more is dropped here.
local function collect(found, name, slots, suspects)
  local taken, room = 0, suspects
  for _, priority in ipairs(call('ZREVRANGE', prioritiesKey(name), 0, -1)) do
    local due, offset = dueKey(name, priority), 0
    while taken < slots do
      local rows = call('ZRANGEBYSCORE', due, '-inf', now, 'WITHSCORES', 'LIMIT', offset, slots - taken)
      if #rows == 0 then break end
      for i = 1, #rows, 2 do
        local id = rows[i]
        local suspect = isSuspect(id)
        if not waits(id) then
          call('ZREM', due, id)
        elseif suspect and room == 0 then
          offset = offset + 1
        else
          if suspect then room = room - 1 end
          found[#found + 1] = {id = id, name = name, due = due, suspect = suspect,
            priority = tonumber(priority), at = tonumber(rows[i + 1])}
          taken, offset = taken + 1, offset + 1
        end
      end
    end
    if call('EXISTS', due) == 0 then call('ZREM', prioritiesKey(name), priority) end
    if taken >= slots then return end
  end
end

local function before(a, b)
  if a.priority ~= b.priority then return a.priority > b.priority end
  if a.at ~= b.at then return a.at < b.at end
  return a.id < b.id
end

-- The clock of the worker says when a run begins, yet it never begins before it is due.
local function claimOne(found, op, claim)
  local id, name = found.id, found.name
  call('ZREM', found.due, id)
  local at = math.max(op.at, math.floor(found.at))
  local attempts, retries = begin(id, name, claim, op.worker, at)
  if not attempts then
    -- Its result says that it was revoked, its row does not: that was cut short.
    call('HSET', jobKey(id), 'disabled', 'true')
    return nil
  end
  call('HSET', jobKey(id), 'lockedAtMs', now, 'claim', claim, 'worker', op.worker,
    'lastRunAt', toIso(at), 'lastModifiedBy', op.worker)
  call('HDEL', jobKey(id), 'progress', 'following')
  call('ZADD', P .. 'locks', now, id)
  call('SADD', heldKey(op.worker), id)
  return {claim, attempts, retries, call('HGETALL', jobKey(id))}
end

ops.claim = function(op)
  local found, claimed = {}, {}
  local room = holdsSuspect(op.worker) and 0 or 1
  for _, task in ipairs(op.tasks) do collect(found, task[1], math.min(task[2], op.total), room) end
  table.sort(found, before)
  for i, job in ipairs(found) do
    if #claimed == op.total then break end
    if not job.suspect or room > 0 then
      if job.suspect then room = room - 1 end
      claimed[#claimed + 1] = claimOne(job, op, op.claim .. '.' .. i)
    end
  end
  return claimed
end

ops.following = function(op)
  if call('HGET', jobKey(op.id), 'claim') ~= op.claim then return 0 end
  return call('HSET', jobKey(op.id), 'following', op.following)
end

local function writeEnd(id, h, op)
  local key, at = jobKey(id), toIso(op.at)
  call('HSET', key, 'nextRunAt', op.next or 'null', 'lastFinishedAt', at)
  if op.state == 'SUCCESS' then call('HDEL', key, 'crashes') end
  if op.state == 'REVOKED' then call('HSET', key, 'disabled', 'true') end
  if op.state == 'SUCCESS' then call('HSET', key, 'failCount', 0)
  else call('HSET', key, 'failCount', (given(h.failCount) or 0) + 1) end
  if op.reason then call('HSET', key, 'failReason', op.reason, 'failedAt', at)
  else call('HDEL', key, 'failReason') end
  local next = op.next and toMs(op.next)
  schedule(id, h.priority or '0', next)
  if next then waitAgain(id) end
end

-- An answer that got lost is asked for again: the same end twice is true twice.
local function wasFinished(op)
  local r = call('HMGET', resultKey(op.id), 'claim', 'state')
  return r[1] == op.claim and r[2] == op.state and 1 or 0
end

ops.finish = function(op)
  local id = op.id
  local h = call('HMGET', jobKey(id), 'claim', 'worker', 'terminating', 'priority', 'failCount')
  if h[1] ~= op.claim then return wasFinished(op) end
  if given(h[3]) then
    call('HDEL', jobKey(id), 'terminating')
    if op.state == 'RETRY' then
      op.state, op.next, op.error, op.reason = 'REVOKED', nil, nil, nil
    end
  end
  unlock(id, h[2])
  writeEnd(id, {priority = h[4], failCount = h[5]}, op)
  return finish(id, op.name, op) and 1 or 0
end

ops.progress = function(op)
  if call('HGET', jobKey(op.id), 'claim') ~= op.claim then return 0 end
  call('HSET', jobKey(op.id), 'progress', op.percent)
  record('progressed', op.id, op.name, now, nil, op.percent)
  return 1
end

-- Somebody asked for the end of this job: then it does not run again.
local function giveBack(id, name, claim, kind)
  local h = call('HMGET', jobKey(id), 'worker', 'terminating', 'priority', 'failCount')
  unlock(id, h[1])
  if given(h[2]) then
    call('HDEL', jobKey(id), 'terminating')
    local ending = {state = 'REVOKED', claim = claim, at = now}
    writeEnd(id, {priority = h[3], failCount = h[4]}, ending)
    finish(id, name, ending)
    return 'REVOKED'
  end
  waitAgain(id)
  release(id, name, claim, kind)
  return 'PENDING'
end

ops.release = function(op)
  for _, job in ipairs(op.jobs) do
    if call('HGET', jobKey(job.id), 'claim') == job.claim then
      giveBack(job.id, job.name, job.claim, 'released')
    end
  end
end

ops.nextRun = function(op)
  local first
  for _, name in ipairs(op.names) do
    for _, priority in ipairs(call('ZRANGE', prioritiesKey(name), 0, -1)) do
      local row = call('ZRANGE', dueKey(name, priority), 0, 0, 'WITHSCORES')
      if row[2] then first = math.min(first or FAR, tonumber(row[2])) end
    end
  end
  return first and tostring(first - now)
end

ops.revoke = function(op)
  local id = op.id
  local name = call('HGET', jobKey(id), 'name')
  if not name then return 0 end
  if not revokeResult(id, name, op.repeats) and not op.repeats then return 0 end
  call('HSET', jobKey(id), 'disabled', 'true')
  return 1
end

ops.terminate = function(op)
  local h = call('HMGET', jobKey(op.id), 'lockedAtMs', 'name')
  if not given(h[1]) then return 0 end
  call('HSET', jobKey(op.id), 'terminating', '1')
  record('terminating', op.id, h[2], now)
  return 1
end

ops.rerun = function(op)
  local id, key = op.id, jobKey(op.id)
  local h = call('HMGET', key, 'name', 'lockedAtMs', 'nextRunAt', 'disabled', 'repeatInterval', 'priority')
  if not h[1] or given(h[2]) then return 0 end
  local state = stateOf(id)
  local paused = state == 'PENDING' or state == 'RETRY'
  if given(h[3]) and (h[4] ~= 'true' or given(h[5]) or paused) then return 0 end
  call('HSET', key, 'nextRunAt', op.nextRunAt, 'disabled', 'false')
  call('HDEL', key, 'crashes', 'failReason')
  schedule(id, h[6] or '0', toMs(op.nextRunAt))
  renew(id, h[1], {'SUCCESS', 'FAILURE', 'REVOKED'})
  waitAgain(id)
  record('sent', id, h[1], now)
  return 1
end
`
