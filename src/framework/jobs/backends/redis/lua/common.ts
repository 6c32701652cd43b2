/**
 * What every step uses. Keys of Agenda's official backend, which it reads as well: `job:<id>`,
 * `jobs:all`, `jobs:by_name:<name>`, `jobs:by_next_run_at`, `jobs:single:<name>`. Keys of ours:
 *
 * - `due:<name>:<priority>` the jobs that wait, by when they are due; `priorities:<name>` which exist
 * - `state:<name>:<state>` every job, by when it was sent; `names`
 * - `locks` the jobs that run, by when their lock was last extended; `held:<worker>` whose they are
 * - `result:<id>`, `finished` those that have ended, by when
 * - `unique:<hash>`, `workers`, `seen`, `changes`
 */
export const common = `
local P = ARGV[1]
local call = redis.call
local FAR = 9007199254740991
local ops = {}
local states = {'PENDING', 'STARTED', 'RETRY', 'SUCCESS', 'FAILURE', 'REVOKED'}
local time = call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

local function jobKey(id) return P .. 'job:' .. id end
local function resultKey(id) return P .. 'result:' .. id end
local function stateKey(name, state) return P .. 'state:' .. name .. ':' .. state end
local function dueKey(name, priority) return P .. 'due:' .. name .. ':' .. priority end
local function prioritiesKey(name) return P .. 'priorities:' .. name end
local function heldKey(worker) return P .. 'held:' .. worker end

-- Agenda writes what is not set as the text 'null', or leaves it out.
local function given(value)
  if value and value ~= 'null' and value ~= '' then return value end
end

local function toMs(iso)
  local y, m, d, h, min, s, ms =
    string.match(iso, '^(%d+)-(%d+)-(%d+)T(%d+):(%d+):(%d+)%.(%d+)Z$')
  if not y then return FAR end
  y, m = tonumber(y), tonumber(m)
  if m < 3 then y, m = y - 1, m + 12 end
  local floor = math.floor
  local days = 365 * y + floor(y / 4) - floor(y / 100) + floor(y / 400)
    + floor((153 * m - 457) / 5) + d - 719469
  return (((days * 24 + h) * 60 + min) * 60 + s) * 1000 + ms
end

local function toIso(ms)
  local floor = math.floor
  local days = floor(ms / 86400000)
  local rest = ms - days * 86400000
  local z = days + 719468
  local era = floor(z / 146097)
  local doe = z - era * 146097
  local yoe = floor((doe - floor(doe / 1460) + floor(doe / 36524) - floor(doe / 146096)) / 365)
  local doy = doe - (365 * yoe + floor(yoe / 4) - floor(yoe / 100))
  local mp = floor((5 * doy + 2) / 153)
  local d = doy - floor((153 * mp + 2) / 5) + 1
  local m = mp < 10 and mp + 3 or mp - 9
  local y = yoe + era * 400 + (m <= 2 and 1 or 0)
  return string.format('%04d-%02d-%02dT%02d:%02d:%02d.%03dZ', y, m, d,
    floor(rest / 3600000), floor(rest / 60000) % 60, floor(rest / 1000) % 60, rest % 1000)
end

-- A follower that is 100,000 changes behind misses some; whoever waits also looks by itself.
local function record(kind, id, name, at, worker, progress)
  call('XADD', P .. 'changes', 'MAXLEN', '~', 100000, '*', 'c',
    cjson.encode({kind, id, name, at, worker or '', progress}))
end

local function stateOf(id) return call('HGET', resultKey(id), 'state') or 'PENDING' end

-- Results that live apart from their jobs are in no such set.
local function move(id, name, from, to)
  if from == to then return end
  local sent = call('ZSCORE', stateKey(name, from), id)
  if not sent then return end
  call('ZREM', stateKey(name, from), id)
  call('ZADD', stateKey(name, to), sent, id)
end

-- Agenda's own order of all jobs: those that are not due stand at its end.
local function schedule(id, priority, at)
  local part = (100 - math.min(math.max(tonumber(priority), 0), 99)) / 1000
  call('ZADD', P .. 'jobs:by_next_run_at', at and at + part or FAR, id)
end

local function enqueue(id, name, priority, at)
  call('ZADD', dueKey(name, priority), at, id)
  call('ZADD', prioritiesKey(name), priority, priority)
end

local function waits(id)
  local h = call('HMGET', jobKey(id), 'nextRunAt', 'lockedAtMs', 'disabled')
  return given(h[1]) and not given(h[2]) and h[3] ~= 'true'
end

local function waitAgain(id)
  if not waits(id) then return false end
  local h = call('HMGET', jobKey(id), 'name', 'priority', 'nextRunAt')
  enqueue(id, h[1], h[2] or '0', toMs(h[3]))
  return true
end

local function unlock(id, worker)
  call('HDEL', jobKey(id), 'lockedAtMs', 'claim', 'worker', 'following')
  call('ZREM', P .. 'locks', id)
  if given(worker) then call('SREM', heldKey(worker), id) end
end

-- A key stays reserved until its time is over, also when its job is gone.
local function freeUnique(id, key)
  local h = call('HMGET', key, 'id', 'till')
  if h[1] ~= id then return end
  if given(h[2]) and tonumber(h[2]) > now then call('PEXPIREAT', key, h[2])
  else call('DEL', key) end
end

-- Puts a job that Agenda saved into the sets where it belongs.
local function index(id)
  local h = call('HMGET', jobKey(id), 'name', 'createdAt')
  local name = h[1]
  if not name then return call('SREM', P .. 'jobs:all', id) end
  call('SADD', P .. 'names', name)
  call('SADD', P .. 'jobs:all', id)
  call('SADD', P .. 'jobs:by_name:' .. name, id)
  call('ZADD', stateKey(name, stateOf(id)), 'NX', h[2] and toMs(h[2]) or now, id)
  for _, priority in ipairs(call('ZRANGE', prioritiesKey(name), 0, -1)) do
    call('ZREM', dueKey(name, priority), id)
  end
  if waitAgain(id) then record('sent', id, name, now) end
end

local function removeResult(id)
  call('DEL', resultKey(id))
  call('ZREM', P .. 'finished', id)
end

local function remove(id)
  local h = call('HMGET', jobKey(id), 'name', 'priority', 'type', 'worker', 'uniqueKey')
  local name = h[1]
  call('SREM', P .. 'jobs:all', id)
  call('ZREM', P .. 'jobs:by_next_run_at', id)
  if not name then return 0 end
  call('SREM', P .. 'jobs:by_name:' .. name, id)
  call('ZREM', dueKey(name, h[2] or '0'), id)
  call('ZREM', stateKey(name, stateOf(id)), id)
  if h[3] == 'single' then call('DEL', P .. 'jobs:single:' .. name) end
  if given(h[5]) then freeUnique(id, h[5]) end
  unlock(id, h[4])
  call('DEL', jobKey(id))
  removeResult(id)
  return 1
end
`
