import type { Ending } from '../../results'
import type { ClaimedJob } from '../contract'
import type { SqliteFile } from './connection'
import type { SqliteResults } from './results'

/** Writes how a run ended, as part of a transaction; false when somebody else has the job by now. */
export function finishJob(
  file: SqliteFile,
  results: SqliteResults,
  job: ClaimedJob,
  said: Ending,
  at: Date,
): boolean {
  const id = String(job._id)
  const ending: Ending =
    said.state === 'RETRY' && isTerminating(file, id) ? { state: 'REVOKED' } : said
  const failure = 'error' in ending ? ending.error.message : null
  const { changes } = file.prepare(finishSql).run({
    id,
    claim: job.claim,
    at: at.getTime(),
    state: ending.state,
    next: nextRun(job, ending)?.getTime() ?? null,
    failure,
  })
  if (changes === 0) return false
  return results.write({ id, name: job.name }, { kind: 'finish', claim: job.claim, ending, at })
}

/** Whether somebody asked for the end of this job: then it does not run again. */
function isTerminating(file: SqliteFile, id: string): boolean {
  return file.prepare('select terminating from jobs where id = ?').pluck().get(id) === 1
}

function nextRun(job: ClaimedJob, ending: Ending): Date | null {
  if (ending.state === 'RETRY') return ending.at
  return ending.state === 'REVOKED' ? null : job.following
}

const finishSql = `update jobs set state = @state, locked_at = null, claim = null, worker = null,
  next_run_at = @next, following_at = null, terminating = 0, last_finished_at = @at,
  failed_at = iif(@failure is null, failed_at, @at), fail_reason = @failure,
  fail_count = iif(@state = 'SUCCESS', 0, coalesce(fail_count, 0) + 1),
  crashes = iif(@state = 'SUCCESS', 0, crashes),
  disabled = max(disabled, @state = 'REVOKED')
  where id = @id and claim = @claim`

/** Gives a job back, as part of a transaction; its time to run has stayed what it was. */
export function releaseJob(file: SqliteFile, results: SqliteResults, job: ClaimedJob): void {
  const id = String(job._id)
  const { changes } = file.prepare(releaseSql).run(id, job.claim)
  if (changes > 0) results.write({ id, name: job.name }, { kind: 'release', claim: job.claim })
}

const releaseSql = `update jobs set state = 'PENDING', locked_at = null, claim = null, worker = null,
  following_at = null where id = ? and claim = ?`
