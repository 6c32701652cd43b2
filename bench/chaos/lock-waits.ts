import { openSync, readSync } from 'node:fs'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import Database from 'better-sqlite3'
import { moment } from './ledger'

/** What the event loop of this process had to wait for, in ms. */
export interface Waits {
  /** The longest that it was blocked because another process had a lock. */
  readonly lock: number
  /** How often it was. */
  readonly locks: number
  /** How often SQLite gave up waiting, so that the store had to try again. */
  readonly busy: number
  /** The longest that a wait of 5 ms took that was for nothing. */
  readonly bare: number
  /** The longest that anything kept the event loop, the shortage of processors included. */
  readonly loop: number
}

type Call = (this: { readonly source?: string }, ...args: unknown[]) => unknown

const bareWait = 5
const bareEvery = 250
const cell = new Int32Array(new SharedArrayBuffer(4))

/**
 * Watches better-sqlite3 in this thread from outside. A call that begins a transaction does nothing
 * but ask for the lock, so the time in which it gave the processor away by itself (the kernel
 * counts that) was a wait for the lock, and so was a call that ended with SQLITE_BUSY; everything
 * else is work, or a processor that others use. A process whose wait is over still has to be given
 * a processor: how long that takes here, now, is seen in bare waits, which nobody's lock prolongs.
 *
 * @returns what was seen since
 */
export function watchWaits(): () => Waits {
  const seen = { lock: 0, locks: 0, busy: 0, bare: 0 }
  const waited = (ms: number) => {
    seen.lock = Math.max(seen.lock, ms)
    seen.locks++
  }
  const timed = (original: Call): Call =>
    function (...args) {
      const begins = this.source?.startsWith('BEGIN') === true
      const before = begins ? pauses() : 0
      const began = moment()
      try {
        const result = original.apply(this, args)
        if (begins && pauses() > before) waited(moment() - began)
        return result
      } catch (error) {
        if (String((error as { code?: string }).code).startsWith('SQLITE_BUSY')) {
          seen.busy++
          waited(moment() - began)
        }
        throw error
      }
    }
  wrap(timed)
  setInterval(() => {
    const began = moment()
    Atomics.wait(cell, 0, 0, bareWait)
    seen.bare = Math.max(seen.bare, moment() - began)
  }, bareEvery).unref()
  const delay = monitorEventLoopDelay({ resolution: 1 })
  delay.enable()
  return () => ({ ...seen, loop: delay.max / 1e6 })
}

function wrap(timed: (original: Call) => Call): void {
  const db = new Database(':memory:')
  const statement = Object.getPrototypeOf(db.prepare('select 1')) as Record<string, Call>
  const database = Database.prototype as unknown as Record<string, Call>
  db.close()
  for (const name of ['run', 'get', 'all']) statement[name] = timed(statement[name] as Call)
  database.exec = timed(database.exec as Call)
}

const buffer = Buffer.alloc(4_096)
let status: number | undefined

/** How often this thread has given the processor away by itself, as Linux counts it. */
function pauses(): number {
  status ??= openSync('/proc/thread-self/status', 'r')
  const length = readSync(status, buffer, 0, buffer.length, 0)
  const text = buffer.toString('latin1', 0, length)
  return Number(/\nvoluntary_ctxt_switches:\t(\d+)/.exec(text)?.[1])
}
