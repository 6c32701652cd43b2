import { suspectAfter } from '../contract'
import type { Kind } from './batch'
import type { Row } from './connection'
import { record } from './record'
import { milliseconds, statement } from './statement'

/** What a claim asks for. */
interface Order {
  readonly worker: string
  readonly total: number
  readonly tasks: readonly { readonly name: string; readonly slots: number }[]
}

/** SQL for a job that will run, now or later: what the index of those that are due holds. */
export const waits = 'locked_at is null and not disabled and next_run_at is not null'

/** From one priority of a task to the next lower one, each by one look into the index. */
const levels = (tasks: string) => `levels (name, slots, priority) as (
    select name, slots, (select max(priority) from agenda_jobs j
      where j.name = task.name and ${waits}) from ${tasks} as task
    union all
    select name, slots, (select max(priority) from agenda_jobs j
      where j.name = levels.name and j.priority < levels.priority and ${waits})
    from levels where priority is not null)`

/**
 * Begins what is due, the most urgent first; what others are about to take is left to them. A job
 * whose row does not say that it was revoked, though its state does, was cut short.
 */
export const claimJobs: Kind<Order, readonly Row[]> = {
  atOnce: 1,
  statement: statement(`with recursive wish as (
      select worker, total, tasks from json_to_recordset($1) as (worker text, total integer, tasks json)),
    task as (select t.name, least(t.slots, wish.total) as slots
      from wish, json_to_recordset(tasks) as t (name text, slots integer)),
    ${levels('task')},
    holds as (select exists (select from agenda_jobs j, wish where j.locked_at is not null
      and j.worker = wish.worker and j.crashes >= ${suspectAfter}) as suspect),
    found as (select j.* from levels cross join holds cross join lateral (
      select id, priority, next_run_at, state, crashes >= ${suspectAfter} as suspect from agenda_jobs
      where name = levels.name and priority = levels.priority and next_run_at <= now() and ${waits}
      and (crashes < ${suspectAfter} or not holds.suspect)
      order by next_run_at limit levels.slots for update skip locked) j),
    ranked as (select *, row_number() over
      (partition by suspect order by priority desc, next_run_at) as rank from found),
    due as (select * from ranked where not suspect or rank = 1
      order by priority desc, next_run_at limit (select total from wish)),
    dismissed as (update agenda_jobs j set disabled = true
      from due where j.id = due.id and due.state = 'REVOKED'),
    begun as (update agenda_jobs j set locked_at = now(), claim = gen_random_uuid(),
      worker = wish.worker, last_run_at = now(), last_modified_by = wish.worker, progress = null,
      following_at = null, state = 'STARTED', attempts = attempts + 1, started_at = now(),
      finished_at = null
      from due, wish where j.id = due.id and due.state <> 'REVOKED' returning j.*),
    recorded as (${record('begun', { kind: 'started', worker: 'worker' })})
    select * from begun order by priority desc, next_run_at`),
  answers: (rows) => [rows],
}

/** Notes when a job that repeats is due again, for whoever takes it over should this process die. */
export const noteFollowing: Kind<{ id: string; claim: string; at: Date }, void> = {
  statement: statement(`update agenda_jobs j set following_at = given.at
    from json_to_recordset($1) as given (id uuid, claim uuid, at timestamptz)
    where j.id = given.id and j.claim = given.claim and j.state = 'STARTED'`),
  answers: (_, steps) => steps.map(() => undefined),
}

/** In how many ms the next job of some tasks is due; of each priority the first counts. */
export const nextDue: Kind<readonly string[], number | undefined> = {
  atOnce: 1,
  statement: statement(`with recursive task as (
      select value as name, 1 as slots from json_array_elements_text($1::json -> 0)),
    ${levels('task')}
    select ${milliseconds('min(j.next_run_at)')} - ${milliseconds('now()')} as wait
    from levels cross join lateral (select min(next_run_at) as next_run_at from agenda_jobs
      where name = levels.name and priority = levels.priority and ${waits}) j`),
  answers: ([row]) => [row?.wait === null || row === undefined ? undefined : Number(row.wait)],
}
