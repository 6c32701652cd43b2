import { record } from './record'
import { statement } from './statement'

/** Keeps a job from running: $1 is its id, $2 whether it repeats. A row says that it will not run. */
export const revokeJob = statement(`with held as (
    select id, name, state in ('PENDING', 'RETRY', 'REVOKED') or ($2::boolean and state <> 'STARTED')
      as open from agenda_jobs where id = $1 for update),
  revoked as (update agenda_jobs j set disabled = true,
    state = case when open then 'REVOKED' else state end,
    finished_at = case when open then now() else finished_at end
    from held where j.id = held.id and (open or $2) returning j.id),
  recorded as (${record('held where open', { kind: 'revoked' })})
  select id from revoked`)

/** Asks for the end of a job that runs: $1 is its id. */
export const terminateJob = statement(`with asked as (
    update agenda_jobs set terminating = true where id = $1 and locked_at is not null
    returning id, name),
  recorded as (${record('asked', { kind: 'terminating' })})
  select id from asked`)

/** Makes an ended job due again: $1 is its id, $2 when. */
export const rerunJob = statement(`with held as (
    select id, state in ('SUCCESS', 'FAILURE', 'REVOKED') as ended from agenda_jobs
    where id = $1 and locked_at is null
    and (next_run_at is null or (disabled and repeat_interval is null
      and state in ('SUCCESS', 'FAILURE', 'REVOKED'))) for update),
  renewed as (update agenda_jobs j set next_run_at = $2, disabled = false, crashes = 0,
    fail_reason = null, state = case when ended then 'PENDING' else state end,
    result = case when not ended then result end, error = case when not ended then error end,
    finished_at = case when not ended then finished_at end
    from held where j.id = held.id returning j.id, j.name),
  recorded as (${record('renewed', { kind: 'sent' })})
  select id from renewed`)
