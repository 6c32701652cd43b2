import type { JobName, JobState } from '../../results'
import type { StoreRole } from '../role'
import type { Kind } from './batch'
import type { Row } from './connection'
import { kindOfState } from './finish'
import { pruneChanges } from './news'
import { type ChangesTable, type Recorded, record } from './record'
import { ago, type Statement, statement } from './statement'

type Step<F = unknown> = { readonly id: string } & F
type Claimed<F = unknown> = Step<{ readonly claim: string } & F>

/** What can be done to results; each step is answered whether it was done. */
export interface ResultSteps {
  readonly find: Kind<string, Row | undefined>
  readonly start: Kind<JobName & Claimed<{ worker: string; at: Date }>, boolean>
  readonly finish: Kind<Claimed<{ at: Date; state: JobState }>, boolean>
  readonly release: Kind<Claimed, boolean>
  readonly revoke: Kind<JobName & Step<{ repeats: boolean }>, boolean>
  readonly renew: Kind<Step<{ from: readonly JobState[] }>, boolean>
  /** Forgets some of those that ended $1 ms ago. */
  readonly prune: Statement
  /** The same of changes. */
  readonly pruneChanges: Statement
}

/** Where results are: in the rows of their jobs, or in a table of their own, which makes its rows. */
interface Place {
  readonly table: 'agenda_jobs' | 'agenda_results'
  readonly id: 'uuid' | 'text'
  readonly changes: ChangesTable
}

const places: Record<StoreRole, Place> = {
  'job store': { table: 'agenda_jobs', id: 'uuid', changes: 'agenda_changes' },
  'result store': { table: 'agenda_results', id: 'text', changes: 'agenda_results_changes' },
}

/** The steps on the results of a store of this role. */
export function resultSteps(role: StoreRole): ResultSteps {
  const place = places[role]
  const [start, revoke] = place.id === 'uuid' ? [startSql, revokeSql] : [startApart, revokeApart]
  const claim = `claim ${place.id}`
  const { table } = place
  const begun = { kind: 'started', at: 'started_at', worker: 'worker' } as const
  return {
    find: find(place),
    start: step(place, start, `name text, ${claim}, worker text, at timestamptz`, begun),
    finish: step(place, finishSql(table), `${claim}, ${finishFields}`, { kind: kindOfState }),
    release: step(place, releaseSql(table), claim, { kind: 'released' }),
    revoke: step(place, revoke, 'name text, repeats boolean', { kind: 'revoked' }),
    renew: step(place, renewSql(table), '"from" jsonb'),
    prune: statement(table === 'agenda_jobs' ? pruneSql : pruneApart),
    pruneChanges: pruneChanges(place.changes),
  }
}

function find({ table, id }: Place): Kind<string, Row | undefined> {
  return {
    statement: statement(`select id, state, attempts, worker, started_at, finished_at, result, error
      from ${table} where id in (select value::${id} from json_array_elements_text($1))`),
    answers: (rows, ids) => {
      const found = new Map(rows.map((row) => [row.id, row]))
      return ids.map((one) => found.get(one))
    },
  }
}

/** @param sql changes the rows that `given` means, and returns what was changed */
function step<I extends Step>(
  { id, changes }: Place,
  sql: string,
  fields: string,
  recorded?: Recorded,
): Kind<I, boolean> {
  const recording = recorded ? `, recorded as (${record('done', recorded, changes)})` : ''
  return {
    statement: statement(`with given as (
      select * from json_to_recordset($1) as (id ${id}, ${fields})), done as (${sql}) ${recording}
      select id from done`),
    answers: (rows, steps) => {
      const done = new Set(rows.map((row) => row.id))
      return steps.map((one) => done.has(one.id))
    },
  }
}

const startSql = `update agenda_jobs r set state = 'STARTED', attempts = r.attempts + 1,
  claim = given.claim, worker = given.worker, started_at = given.at, finished_at = null
  from given where r.id = given.id and r.state <> 'REVOKED'
  returning r.id, r.name, r.started_at, r.worker`

const startApart = `insert into agenda_results as r
  (id, name, state, attempts, claim, worker, started_at)
  select id, name, 'STARTED', 1, claim, worker, at from given
  on conflict (id) do update set state = 'STARTED', attempts = r.attempts + 1,
  claim = excluded.claim, worker = excluded.worker, started_at = excluded.started_at,
  finished_at = null where r.state <> 'REVOKED'
  returning r.id, r.name, r.started_at, r.worker`

const finishFields = 'state text, at timestamptz, result text, error text'
// A job that is to be retried has not ended, so its result does not expire.
const finishSql = (table: string) => `update ${table} r set state = given.state,
  result = given.result, error = given.error,
  finished_at = case when given.state <> 'RETRY' then given.at end,
  retries = case given.state when 'RETRY' then r.retries + (r.state <> 'RETRY')::integer else 0 end
  from given where r.id = given.id and r.claim = given.claim
  and r.state in ('STARTED', given.state) returning r.id, r.name, r.state`

const releaseSql = (table: string) => `update ${table} r set state = 'PENDING', started_at = null
  from given where r.id = given.id and r.claim = given.claim and r.state = 'STARTED'
  returning r.id, r.name`

const mayRevoke = (repeats: string) => `(r.state in ('PENDING', 'RETRY', 'REVOKED')
  or (${repeats} and r.state <> 'STARTED'))`

const revokeSql = `update agenda_jobs r set state = 'REVOKED', finished_at = now()
  from given where r.id = given.id and ${mayRevoke('given.repeats')} returning r.id, r.name`

const revokeApart = `insert into agenda_results as r (id, name, state, finished_at)
  select id, name, 'REVOKED', now() from given
  on conflict (id) do update set state = 'REVOKED', finished_at = now()
  where ${mayRevoke('(select repeats from given g where g.id = r.id)')} returning r.id, r.name`

const renewSql = (table: string) => `update ${table} r set state = 'PENDING', finished_at = null,
  result = null, error = null
  from given where r.id = given.id and given."from" @> to_jsonb(r.state) returning r.id`

const some = `finished_at < ${ago('$1')}
  order by finished_at limit 500 for update skip locked`

const pruneSql = `update agenda_jobs set state = 'PENDING', attempts = 0, retries = 0,
  started_at = null, finished_at = null, result = null, error = null
  where id in (select id from agenda_jobs where ${some}) returning id`

const pruneApart = `delete from agenda_results
  where id in (select id from agenda_results where ${some}) returning id`
