import { scriptOf } from '../connection'
import { common } from './common'
import { guard } from './guard'
import { jobs } from './jobs'
import { lists } from './lists'
import { repository } from './repository'
import { results } from './results'

// One step that fails must not keep the others from being done.
const main = `
local answers = {}
for i, op in ipairs(cjson.decode(ARGV[2])) do
  local done, value = pcall(ops[op['do']], op)
  if done then answers[i] = {1, value}
  else answers[i] = {0, type(value) == 'table' and value.err or tostring(value)} end
end
return answers`

/** All that is done to keys, step by step: ARGV is the prefix, and a JSON array of steps. */
export const script = scriptOf([common, results, jobs, guard, lists, repository, main].join('\n'))
