import { appendFileSync, existsSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

/** One run of a job, as the task itself took it down. Times are of `moment()`. */
export interface Run {
  readonly job: string
  readonly attempt: number
  /** The process that ran it. */
  readonly pid: number
  readonly began: number
  /** Undefined when the task did not come to its last line. */
  ended: number | undefined
}

/** Milliseconds on a clock that all processes of the machine share and nobody sets. */
export function moment(): number {
  return Number(process.hrtime.bigint()) / 1e6
}

/**
 * What tasks write themselves, apart from any job store: a line when a run begins and one when it
 * ends. The kernel appends each line whole, and keeps it when the process is killed right after.
 */
export class Ledger {
  readonly path: string

  constructor(path: string) {
    this.path = path
  }

  /** Takes down that a run begins or ends, now. */
  write(what: 'begin' | 'end', job: string, attempt: number): void {
    appendFileSync(this.path, `${what} ${job} ${attempt} ${process.pid} ${moment()}\n`)
  }

  /** All runs so far, in the order in which they began. */
  runs(): Run[] {
    if (!existsSync(this.path)) return []
    const runs = new Map<string, Run>()
    const all: Run[] = []
    for (const line of readFileSync(this.path, 'utf8').split('\n').slice(0, -1)) {
      const [what, job = '', attempt, pid, at] = line.split(' ')
      const key = `${job} ${attempt} ${pid}`
      if (what === 'begin') {
        const times = { began: Number(at), ended: undefined }
        const run = { job, attempt: Number(attempt), pid: Number(pid), ...times }
        runs.set(key, run)
        all.push(run)
        continue
      }
      const run = runs.get(key)
      if (run) run.ended = Number(at)
    }
    return all
  }

  /**
   * Resolves with the first run that fits, once there is one.
   *
   * @throws Error after `limit` ms
   */
  async seen(fits: (run: Run) => boolean, limit: number): Promise<Run> {
    const deadline = moment() + limit
    for (;;) {
      const found = this.runs().find(fits)
      if (found) return found
      if (moment() > deadline) {
        throw new Error(`The run that was waited for did not come within ${limit} ms.`)
      }
      await sleep(10)
    }
  }
}

/** The runs of each job, in the order in which they began. */
export function byJob(runs: readonly Run[]): Map<string, Run[]> {
  const jobs = new Map<string, Run[]>()
  for (const run of runs) {
    const others = jobs.get(run.job)
    if (others) others.push(run)
    else jobs.set(run.job, [run])
  }
  return jobs
}
