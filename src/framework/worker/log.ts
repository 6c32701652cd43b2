import { inspect } from 'node:util'
import type { Events } from '../events'

/** Turns the events of a worker into lines as Celery prints them. */
export function logEvents(events: Events, write: (line: string) => void, worker = 'Worker'): void {
  const info = (text: string) => write(`[${timestamp()}: INFO/${worker}] ${text}`)
  const problem = (text: string) => write(`[${timestamp()}: ERROR/${worker}] ${text}`)

  events.on('job.received', ({ name, id }) => info(`Task ${name}[${id}] received`))
  events.on('job.succeeded', ({ name, id, seconds, result }) => {
    info(`Task ${name}[${id}] succeeded in ${duration(seconds)}s: ${short(result)}`)
  })
  events.on('job.failed', ({ name, id, error }) => {
    problem(`Task ${name}[${id}] raised ${error.name}: ${error.message}\n${error.stack ?? ''}`)
  })
  events.on('job.retried', ({ name, id, error, at }) => {
    const wait = duration(Math.max(0, at.getTime() - Date.now()) / 1_000)
    info(`Task ${name}[${id}] retry in ${wait}s: ${error.name}: ${error.message}`)
  })
  events.on('job.rescued', ({ name, id, state }) => {
    const then = state === 'PENDING' ? 'put back' : `given up as ${state}`
    problem(`Task ${name}[${id}] lost its worker, ${then}`)
  })
  events.on('job.unsent', ({ name, id, error }) => {
    problem(`Task ${name}[${id}] could not be sent after its transaction: ${error.message}`)
  })
  events.on('job.released', ({ name, id }) => info(`Task ${name}[${id}] put back`))
  events.on('job.revoked', ({ name, id }) => info(`Task ${name}[${id}] revoked`))
  events.on('job.lost', ({ name, id }) => {
    problem(`Task ${name}[${id}] ended here, but another worker has it by now; nothing was saved`)
  })
  events.on('store.failed', ({ error }) => problem(error.message))
  events.on('store.polls', ({ reason }) => info(reason))
}

/** As in Python's logging: `2026-11-25 16:08:33,989`, in local time. */
function timestamp(now = new Date()): string {
  const local = new Date(now.getTime() - now.getTimezoneOffset() * 60_000)
  return local.toISOString().slice(0, 23).replace('T', ' ').replace('.', ',')
}

function duration(seconds: number): string {
  return seconds.toFixed(seconds < 1 ? 3 : 2)
}

function short(value: unknown): string {
  const text = inspect(value, { breakLength: Number.POSITIVE_INFINITY, maxStringLength: 200 })
  return text.length > 300 ? `${text.slice(0, 300)}…` : text
}
