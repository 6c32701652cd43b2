/** What is asked about many jobs: always by sets, never by looking at every job. */
export const lists = `
local function meant(op)
  local keys = {}
  for _, name in ipairs(op.name and {op.name} or call('SMEMBERS', P .. 'names')) do
    for _, state in ipairs(op.state and {op.state} or states) do
      keys[#keys + 1] = stateKey(name, state)
    end
  end
  return keys
end

local function latest(a, b)
  if a[2] ~= b[2] then return a[2] > b[2] end
  return a[1] > b[1]
end

ops.list = function(op)
  local rows, jobs = {}, {}
  local last = op.offset + op.limit
  if last == 0 then return jobs end
  for _, key in ipairs(meant(op)) do
    local found = call('ZREVRANGE', key, 0, last - 1, 'WITHSCORES')
    for i = 1, #found, 2 do rows[#rows + 1] = {found[i], tonumber(found[i + 1])} end
  end
  table.sort(rows, latest)
  for i = op.offset + 1, math.min(#rows, last) do
    local job = call('HGETALL', jobKey(rows[i][1]))
    if #job > 0 then jobs[#jobs + 1] = {job, call('HGETALL', resultKey(rows[i][1]))} end
  end
  return jobs
end

ops.stats = function()
  local all = {}
  for _, name in ipairs(call('SMEMBERS', P .. 'names')) do
    local row = {name}
    for _, state in ipairs(states) do row[#row + 1] = call('ZCARD', stateKey(name, state)) end
    all[#all + 1] = row
  end
  return all
end

-- Looks at some jobs of one state from an offset on: those that run stay, and are passed over.
ops.purge = function(op)
  local ids = call('ZRANGE', stateKey(op.name, op.state), op.offset, op.offset + op.limit - 1)
  local removed = 0
  for _, id in ipairs(ids) do
    if not given(call('HGET', jobKey(id), 'lockedAtMs')) then
      removed = removed + remove(id)
      call('ZREM', stateKey(op.name, op.state), id)
    end
  end
  return {#ids, removed}
end

-- A server that only reads has not answered.
ops.ping = function() return call('DEL', P .. 'ping') end
ops.names = function() return call('SMEMBERS', P .. 'names') end
ops.find = function(op) return call('HGETALL', jobKey(op.id)) end
ops.findMany = function(op)
  local jobs = {}
  for i, id in ipairs(op.ids) do jobs[i] = call('HGETALL', jobKey(id)) end
  return jobs
end
ops.workers = function()
  local all = {}
  for _, id in ipairs(call('HKEYS', P .. 'workers')) do
    all[#all + 1] = {call('HGET', P .. 'workers', id), call('ZSCORE', P .. 'seen', id) or '0'}
  end
  return all
end
`
