import type { Document } from 'mongodb'
import type { ChangeKind } from '../../changes'
import type { Ending, JobState, Step } from '../../results'
import type { Write } from './batch'
import type { Run, StoredChange } from './documents'

/** Who asks for a change: the job's name, and the time of the server. */
export interface About {
  readonly name: string
  readonly written: Date
}

const ended: Record<Ending['state'], ChangeKind> = {
  SUCCESS: 'succeeded',
  FAILURE: 'failed',
  RETRY: 'retried',
  REVOKED: 'revoked',
}

/** The latest change of a document, which is stored as a whole so that whoever follows gets it whole. */
export function changeOf(
  kind: ChangeKind,
  { name, written }: About,
  more: Partial<StoredChange> = {},
): StoredChange {
  return { kind, name, at: written, written, ...more }
}

/** A run begins. */
export function started(about: About, claim: string, worker: string, at: Date): Document {
  const run = { 'run.state': 'STARTED', 'run.claim': claim, 'run.worker': worker }
  const change = changeOf('started', about, { at, worker })
  return {
    $set: { ...run, 'run.startedAt': at, change },
    $inc: { 'run.attempts': 1 },
    $unset: { 'run.finishedAt': 1 },
  }
}

/** A run has ended. A job that is to be retried has not ended, so its result does not expire. */
export function finished(about: About, ending: Ending, at: Date): Document {
  const { state } = ending
  const retries = state === 'RETRY'
  const values: Record<string, unknown> = {
    finishedAt: retries ? undefined : at,
    result: 'result' in ending && ending.result !== undefined ? text(ending.result) : undefined,
    error: 'error' in ending ? text(ending.error) : undefined,
    terminating: undefined,
    following: undefined,
  }
  const $set: Document = { 'run.state': state, change: changeOf(ended[state], about, { at }) }
  const $unset: Document = {}
  for (const [field, value] of Object.entries(values)) {
    if (value === undefined) $unset[`run.${field}`] = 1
    else $set[`run.${field}`] = value
  }
  if (retries) return { $set, $unset, $inc: { 'run.retries': 1 } }
  return { $set: { ...$set, 'run.retries': 0 }, $unset }
}

/** A run is given up, and its job waits again. */
export function released(about: About, kind: 'released' | 'rescued'): Document {
  return {
    $set: { 'run.state': 'PENDING', change: changeOf(kind, about) },
    $unset: { 'run.startedAt': 1, 'run.following': 1 },
  }
}

/** The job is not to run. */
export function revoked(about: About): Document {
  const $set = { 'run.state': 'REVOKED', 'run.finishedAt': about.written }
  return { $set: { ...$set, change: changeOf('revoked', about) } }
}

/** A job that had ended is to run again. */
export const renewed: Document = {
  $set: { 'run.state': 'PENDING' },
  $unset: { 'run.result': 1, 'run.error': 1, 'run.finishedAt': 1 },
}

/** One step of a run, without its job. @param upsert whether the document may not be there yet */
export function stepOf(id: Write['id'], about: About, step: Step, upsert: boolean): Write {
  const { claim } = step
  if (step.kind === 'start') {
    const update = started(about, claim, step.worker, step.at)
    const filter = { 'run.state': { $ne: 'REVOKED' } }
    return { id, updates: [{ filter, update, upsert }], done: isAt(claim, 'STARTED') }
  }
  const filter = { 'run.claim': claim, 'run.state': 'STARTED' }
  if (step.kind === 'release')
    return {
      id,
      updates: [{ filter, update: released(about, 'released') }],
      done: isAt(claim, 'PENDING'),
    }
  const update = finished(about, step.ending, step.at)
  return { id, updates: [{ filter, update }], done: isAt(claim, step.ending.state) }
}

/** Whether a document stands where a step of this claim has brought it. */
export function isAt(claim: string, ...states: readonly JobState[]): Write['done'] {
  return (stored) => stored?.run?.claim === claim && states.includes(stateOf(stored.run))
}

function stateOf(run: Run): JobState {
  return run.state ?? 'PENDING'
}

function text(value: unknown): string {
  return JSON.stringify(value)
}
