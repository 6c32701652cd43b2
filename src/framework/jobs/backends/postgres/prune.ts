import type { Row } from './connection'
import { pruneChanges } from './news'
import { ago, type Statement, statement } from './statement'

type Run = (sql: Statement, ...values: unknown[]) => Promise<readonly Row[]>

const rounds = 20

/**
 * Forgets what ended `expires` ms ago, some rows at a time, so that nobody waits long for them.
 *
 * @returns whether there may be more: whoever asks has other things to do in between
 */
export async function prune(run: Run, expires: number): Promise<boolean> {
  let more = false
  for (const some of [pruneJobs, pruneUniques, pruneChanges('agenda_changes')]) {
    let round = 0
    while (round < rounds && (await run(some, expires)).length > 0) round++
    more ||= round === rounds
  }
  return more
}

const ended = `locked_at is null and repeat_interval is null and (next_run_at is null or disabled)`

/** Forgets some of the jobs that ended $1 ms ago; of those that are still to run the result. */
const pruneJobs = statement(`with old as (select id from agenda_jobs
    where finished_at < ${ago('$1')} order by finished_at limit 500 for update skip locked),
  gone as (delete from agenda_jobs where id in (select id from old) and ${ended} returning id),
  freed as (delete from agenda_uniques u using gone
    where u.id = gone.id and coalesce(u.until, now()) <= now()),
  kept as (update agenda_jobs set state = 'PENDING', attempts = 0, retries = 0, started_at = null,
    finished_at = null, result = null, error = null
    where id in (select id from old) and not (${ended}))
  select id from old`)

/** Forgets some of the keys whose time is over and whose jobs are gone. */
const pruneUniques = statement(`delete from agenda_uniques where key in (
    select key from agenda_uniques u where coalesce(u.until, now()) <= now()
    and not exists (select from agenda_jobs j where j.id = u.id) limit 500 for update skip locked)
  and $1::float is not null returning key`)
