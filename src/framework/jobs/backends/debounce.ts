import type { DebounceOptions, JobParameters } from 'agenda'

/**
 * When a debounced job runs after one more save. `trailing` waits until `delay` ms passed without
 * a save, but not past `maxWait`; `leading` keeps the first run and only takes the new data.
 *
 * @param first when the job would run if nobody had saved it before
 */
export function debounced(
  options: DebounceOptions,
  existing: JobParameters | undefined,
  first: Date | null,
): { next_run_at: number | null; debounce_started_at: number | null } {
  const now = Date.now()
  const startedAt = existing?.debounceStartedAt?.getTime() ?? now
  if (options.strategy === 'leading') {
    const runAt = existing ? existing.nextRunAt : first
    return { next_run_at: runAt?.getTime() ?? null, debounce_started_at: startedAt }
  }
  const waited = existing && options.maxWait && now - startedAt >= options.maxWait
  if (waited) return { next_run_at: now, debounce_started_at: null }
  return { next_run_at: now + options.delay, debounce_started_at: startedAt }
}
