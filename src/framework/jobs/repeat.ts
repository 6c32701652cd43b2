import type { Agenda, Job as AgendaJob } from 'agenda'
import type { JobData, JobStore } from './backends/contract'

/**
 * Stores the one repetition of a task, or changes it; a revoked one begins anew.
 *
 * @param every milliseconds, or a cron expression in `timezone`
 */
export async function saveRepetition(
  { agenda, store }: { readonly agenda: Agenda; readonly store: JobStore },
  name: string,
  data: JobData,
  every: number | string,
  timezone: string | undefined,
): Promise<AgendaJob> {
  const job = await agenda.every(every, name, data, timezone ? { timezone } : undefined)
  const id = String(job.attrs._id)
  if (await store.results.renew({ id, name }, ['REVOKED'])) {
    await store.repository.enableJobs({ id })
  }
  // Agenda keeps the slot that the job waits for; with a shorter interval that is too far away.
  const latest = typeof every === 'number' ? Date.now() + every : Number.POSITIVE_INFINITY
  const next = job.attrs.nextRunAt?.getTime() ?? 0
  return next > latest ? await job.schedule(new Date(latest)).save() : job
}
