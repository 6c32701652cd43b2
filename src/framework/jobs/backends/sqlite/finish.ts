import type { Ending } from '../../results'
import type { ClaimedJob } from '../contract'
import { nextRun } from '../ending'
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
  const next = nextRun(job, ending)?.getTime() ?? null
  const failure = 'error' in ending ? [ending.error.message, at.getTime()] : []
  const { changes } = file
    .prepare(finishSql[ending.state])
    .run(next, at.getTime(), ...failure, id, job.claim)
  if (changes === 0) return false
  return results.write({ id, name: job.name }, { kind: 'finish', claim: job.claim, ending, at })
}

/** Whether somebody asked for the end of this job: then it does not run again. */
function isTerminating(file: SqliteFile, id: string): boolean {
  return file.prepare('select terminating from jobs where id = ?').pluck().get(id) === 1
}

const failed = 'fail_count = coalesce(fail_count, 0) + 1'
// Statements without names for their values: binding names takes a tenth of a run.
const finishSql: Readonly<Record<Ending['state'], string>> = {
  SUCCESS: endSql('SUCCESS', 'fail_count = 0, fail_reason = null, crashes = 0'),
  FAILURE: endSql('FAILURE', `${failed}, fail_reason = ?, failed_at = ?`),
  RETRY: endSql('RETRY', `${failed}, fail_reason = ?, failed_at = ?`),
  REVOKED: endSql('REVOKED', `${failed}, fail_reason = null, disabled = 1`),
}

function endSql(state: Ending['state'], rest: string): string {
  return `update jobs set state = '${state}', locked_at = null, claim = null, worker = null,
    following_at = null, terminating = 0, next_run_at = ?, last_finished_at = ?, ${rest}
    where id = ? and claim = ?`
}

/**
 * Gives a job back, as part of a transaction; its time to run has stayed what it was. One whose end
 * somebody asked for does not run again.
 */
export function releaseJob(file: SqliteFile, results: SqliteResults, job: ClaimedJob): void {
  const id = String(job._id)
  if (isTerminating(file, id)) {
    finishJob(file, results, job, { state: 'REVOKED' }, new Date())
    return
  }
  const { changes } = file.prepare(releaseSql).run(id, job.claim)
  if (changes > 0) results.write({ id, name: job.name }, { kind: 'release', claim: job.claim })
}

const releaseSql = `update jobs set state = 'PENDING', locked_at = null, claim = null, worker = null,
  following_at = null where id = ? and claim = ?`
