import type { Agenda, Job as AgendaJob } from 'agenda'
import type { JobData, JobStore } from './backends/contract'

/** What is to run again and again. */
export interface Repetition {
  /** The task's full name. */
  readonly name: string
  readonly data: JobData
  /** Milliseconds, or a cron expression. */
  readonly every: number | string
  /** Of a cron expression. Default: the machine's. */
  readonly timezone: string | undefined
  readonly priority: number
}

/** Stores the one repetition of a task, or changes it; a revoked one begins anew, at once. */
export async function saveRepetition(
  { agenda, store }: { readonly agenda: Agenda; readonly store: JobStore },
  repetition: Repetition,
): Promise<AgendaJob> {
  const { name, every } = repetition
  const job = await declare(agenda, repetition)
  const id = String(job.attrs._id)
  const revoked = await store.results.renew({ id, name }, ['REVOKED'])
  if (revoked) await store.repository.enableJobs({ id })
  // Agenda keeps the slot that the job waits for, which may be too far away by now.
  const wait = revoked ? 0 : Number(every)
  const latest = typeof every === 'number' ? Date.now() + wait : Number.POSITIVE_INFINITY
  const next = job.attrs.nextRunAt?.getTime() ?? 0
  return next > latest ? await job.schedule(new Date(latest)).save() : job
}

/** As Agenda's own `every`, which knows no priority, and leaves a time zone that is not said. */
async function declare(
  agenda: Agenda,
  { name, data, every, timezone, priority }: Repetition,
): Promise<AgendaJob> {
  const job = agenda.create(name, data)
  job.repeatEvery(every, timezone === undefined ? {} : { timezone })
  const none = null as unknown as undefined
  Object.assign(job.attrs, { type: 'single', priority, repeatTimezone: timezone ?? none })
  return job.save()
}
