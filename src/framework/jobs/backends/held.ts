import type { ClaimedJob } from './contract'

/** The claims that this process knows it has, by worker: only these are kept alive. */
export class Held {
  readonly #workers = new Map<string, Map<string, string>>()

  add(worker: string, jobs: readonly ClaimedJob[]): void {
    const claims = this.#workers.get(worker) ?? new Map<string, string>()
    for (const job of jobs) claims.set(String(job._id), job.claim)
    this.#workers.set(worker, claims)
  }

  /** Forgets a claim, if it is still the latest on that job. */
  drop(job: ClaimedJob): void {
    const id = String(job._id)
    for (const claims of this.#workers.values()) {
      if (claims.get(id) === job.claim) claims.delete(id)
    }
  }

  /** The claim on each job that a worker holds. */
  of(worker: string): Record<string, string> {
    return Object.fromEntries(this.#workers.get(worker) ?? [])
  }
}
