import type { JobState } from '../../results'
import type { Kind } from './batch'
import { record } from './record'
import { statement } from './statement'

/** The end of a run. */
interface End {
  readonly id: string
  readonly claim: string
  readonly state: JobState
  readonly at: Date
  readonly next: Date | null
  /** As JSON. */
  readonly result?: string | undefined
  readonly error?: string | undefined
  readonly reason?: string | undefined
}

/** SQL that names a change by the state that it brought. */
export const kindOfState = {
  sql: `case state when 'SUCCESS' then 'succeeded' when 'FAILURE' then 'failed'
    when 'RETRY' then 'retried' when 'REVOKED' then 'revoked' end`,
}

// Rows are always locked in the order of their ids, so that nobody waits for each other.
/**
 * Writes how runs ended, where the claim is the latest. An end whose answer got lost may be told
 * again. Who asked for the end of a job does not want another run.
 */
export const finishJobs: Kind<End, boolean> = {
  statement: statement(`with given as (
      select * from json_to_recordset($1) as (id uuid, claim uuid, state text, at timestamptz,
        next timestamptz, result text, error text, reason text)),
    held as (select j.id, j.state as was, j.terminating and given.state = 'RETRY' as stopped
      from agenda_jobs j join given using (id, claim)
      where j.state in ('STARTED', given.state) order by j.id for update of j),
    told as (select given.*, held.stopped, case when stopped then 'REVOKED' else given.state end as ended
      from given join held using (id) where held.was = 'STARTED'),
    ended as (update agenda_jobs j set locked_at = null, following_at = null, terminating = false,
      state = told.ended, last_finished_at = told.at,
      finished_at = case when told.ended <> 'RETRY' then greatest(told.at, j.started_at) end,
      next_run_at = case when not stopped then told.next end,
      result = told.result,
      error = case when not stopped then told.error end,
      fail_reason = case when not stopped then reason end,
      failed_at = case when reason is null or stopped then failed_at else told.at end,
      fail_count = case told.ended when 'SUCCESS' then 0 else coalesce(fail_count, 0) + 1 end,
      crashes = case told.ended when 'SUCCESS' then 0 else crashes end,
      retries = case told.ended when 'RETRY' then retries + 1 else 0 end,
      disabled = disabled or told.ended = 'REVOKED'
      from told where j.id = told.id
      returning j.id, j.name, j.state, j.last_finished_at),
    recorded as (${record('ended', { kind: kindOfState, at: 'last_finished_at' })})
    select id from held`),
  answers: (rows, steps) => {
    const held = new Set(rows.map((row) => row.id))
    return steps.map((step) => held.has(step.id))
  },
}

/** SQL for `with`: gives the jobs of `given` back, with the time to run that they have had. */
export const giveBack = (change: 'released' | 'rescued') => `
    held as (select j.id, j.terminating from agenda_jobs j join given using (id, claim)
      where j.state = 'STARTED' order by j.id for update of j),
    given_back as (update agenda_jobs j set locked_at = null, claim = null, following_at = null,
      state = case when held.terminating then 'REVOKED' else 'PENDING' end,
      terminating = false, disabled = disabled or held.terminating,
      started_at = case when held.terminating then started_at end,
      finished_at = case when held.terminating then now() end,
      next_run_at = case when not held.terminating then next_run_at end
      from held where j.id = held.id returning j.id, j.name, j.state),
    recorded as (${record('given_back', {
      kind: { sql: `case state when 'REVOKED' then 'revoked' else '${change}' end` },
    })})`

/** Gives jobs back that were claimed, where the claim is the latest. */
export const releaseJobs: Kind<{ id: string; claim: string }, void> = {
  statement: statement(`with given as (
      select * from json_to_recordset($1) as (id uuid, claim uuid)), ${giveBack('released')}
    select`),
  answers: (_, steps) => steps.map(() => undefined),
}

/** Takes down how far runs have come, where the claim is the latest. */
export const noteProgress: Kind<{ id: string; claim: string; percent: number }, void> = {
  statement: statement(`with given as (
      select id, claim, max(percent) as percent
      from json_to_recordset($1) as (id uuid, claim uuid, percent real) group by id, claim),
    held as (select j.id, given.percent from agenda_jobs j join given using (id, claim)
      where j.state = 'STARTED' order by j.id for update of j),
    noted as (update agenda_jobs j set progress = held.percent
      from held where j.id = held.id returning j.id, j.name, j.progress)
    ${record('noted', { kind: 'progressed', progress: 'progress' })}`),
  answers: (_, steps) => steps.map(() => undefined),
}
