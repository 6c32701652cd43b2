const controller = new AbortController()
const signals = ['SIGINT', 'SIGTERM'] as const

/** Aborted when somebody ends the bench: what was started and stored is still removed. */
export const interruption = controller.signal

/** @returns a function that leaves the signals to Node again */
export function heedInterruption(): () => void {
  const abort = () => controller.abort()
  for (const signal of signals) process.once(signal, abort)
  return () => {
    for (const signal of signals) process.off(signal, abort)
  }
}
