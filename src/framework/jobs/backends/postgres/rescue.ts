import { giveBack } from './finish'
import { record } from './record'
import { ago, statement } from './statement'

/** The lock that a worker holds as long as its connection is open: its key, of the worker's id. */
const lockKey = (worker: string) =>
  `hashtextextended('agenda_workers'::regclass::oid || ' ' || ${worker}, 0)`

/** Tries to take the lock of a worker, $1, until its connection ends. */
export const takeLock = statement(`select pg_try_advisory_lock(${lockKey('$1')}) as taken`)

/** Tries to take the lock of a worker, $1, until the transaction ends. */
export const tryLock = statement(`select pg_try_advisory_xact_lock(${lockKey('$1')}) as taken`)

export const announceWorker = statement(`insert into agenda_workers
  (id, host, pid, concurrency, started_at, seen_at) values ($1, $2, $3, $4, $5, now())
  on conflict (id) do update set seen_at = now()`)

export const retireWorker = statement('delete from agenda_workers where id = $1')

/** Other workers than $1 that were not heard of for $2 ms, and whether for $3 ms. */
export const silentWorkers = statement(`select id, seen_at <= ${ago('$3')} as late
  from agenda_workers where id <> $1 and seen_at <= ${ago('$2')}`)

/** Whether the server runs for $1 ms, so that all who use it had time to come back. */
export const isSettled = statement(`select pg_postmaster_start_time() < ${ago('$1')} as settled`)

const known = `known as (select * from json_to_recordset($1) as (id uuid, claim uuid))`

/** Keeps the locks of known claims alive which are older than $2 ms. */
export const extendLocks = statement(`with ${known},
  late as (select j.id from agenda_jobs j join known using (id, claim)
    where j.locked_at < ${ago('$2')} for update of j skip locked)
  update agenda_jobs j set locked_at = now() from late where j.id = late.id`)

/** Says that a worker, $1, lives, and extends the locks of all that it holds. */
export const keepAll = statement(`with
  seen as (update agenda_workers set seen_at = now() where id = $1),
  held as (select id from agenda_jobs where locked_at is not null and claim is not null
    and worker = $1 for update skip locked)
  update agenda_jobs j set locked_at = now() from held where j.id = held.id`)

/** A claim whose answer never arrived is nobody's: its worker, $2, does not know of it. */
export const releaseUnknown = statement(`with ${known},
  given as (select id, claim from agenda_jobs where worker = $2
    and locked_at < now() - interval '10 seconds' and claim not in (select claim from known)),
  ${giveBack('released')} select`)

const fateKind = `case state when 'PENDING' then 'rescued' when 'FAILURE' then 'failed' else 'revoked' end`

/** Takes some jobs from a worker, $4, that is gone. */
export const rescueFrom = rescue('worker = $4')

/** Takes some jobs whose locks are older than $4 ms. */
export const rescueExpired = rescue(`locked_at <= ${ago('$4')}`)

/** $1 is after how many crashes a job is given up, $2 and $3 are the error then, and its message. */
function rescue(condition: string) {
  return statement(`with held as (
      select id, claim, case when terminating then 'REVOKED' when crashes + 1 >= $1::integer
        then 'FAILURE' else 'PENDING' end as fate
      from agenda_jobs where locked_at is not null and claim is not null and ${condition}
      order by id limit 200 for update),
    rescued as (update agenda_jobs j set locked_at = null, claim = null, state = fate,
      crashes = case fate when 'PENDING' then crashes + 1 else 0 end,
      next_run_at = case fate when 'PENDING' then next_run_at when 'FAILURE' then
        coalesce(following_at, case when repeat_interval is not null then next_run_at end) end,
      following_at = null, terminating = false, disabled = disabled or fate = 'REVOKED',
      started_at = case when fate <> 'PENDING' then started_at end,
      finished_at = case when fate <> 'PENDING' then now() end,
      last_finished_at = case when fate <> 'PENDING' then now() else last_finished_at end,
      failed_at = case when fate <> 'PENDING' then now() else failed_at end,
      fail_count = case when fate <> 'PENDING' then coalesce(fail_count, 0) + 1 else fail_count end,
      fail_reason = case when fate = 'FAILURE' then $3 else fail_reason end,
      result = null, error = case when fate = 'FAILURE' then $2 else error end
      from held where j.id = held.id returning j.id, j.name, held.claim, j.state),
    recorded as (${record('rescued', { kind: { sql: fateKind } })})
    select id, name, claim, state from rescued`)
}
