import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'

/** What a measured program says: `ready`, `mark 1000`, `reply` or `error`, and a value with it. */
export interface Line {
  readonly key: string
  readonly value: unknown
}

/** What it is asked, with the counts that belong to the operation. */
export interface Request {
  readonly op: string
  readonly count: number
}

export type Operations = Record<string, (count: number) => unknown>

const patience = 10_000

/** Milliseconds on a clock that all processes of the machine share. */
export function clock(): number {
  return performance.timeOrigin + performance.now()
}

export function say(key: string, value: unknown): void {
  process.stdout.write(`${JSON.stringify({ key, value } satisfies Line)}\n`)
}

/** Answers requests on stdin, one at a time; ends after `end` when whoever asks is gone. */
export function serve(operations: Operations, end: () => Promise<unknown>): void {
  const lines = createInterface({ input: process.stdin })
  let work = Promise.resolve()
  lines.on('line', (line) => {
    work = work.then(() => answer(operations, JSON.parse(line) as Request))
  })
  lines.on('close', async () => {
    // What still goes on would store more behind the back of `end`.
    await Promise.race([work, sleep(patience)])
    await end().finally(() => process.exit())
  })
  say('ready', clock())
}

async function answer(operations: Operations, { op, count }: Request): Promise<void> {
  try {
    say('reply', (await operations[op]?.(count)) ?? null)
  } catch (error) {
    say('error', `${op}: ${error instanceof Error ? error.message : String(error)}`)
  }
}

/** Says when the marked numbers of jobs are done; call the result after each job. */
export function counting(marks: readonly number[]): () => void {
  let done = 0
  let next = 0
  return () => {
    done += 1
    if (done !== marks[next]) return
    next += 1
    say(`mark ${done}`, clock())
  }
}

/** What the heap really holds; nothing unless node runs with --expose-gc. */
export function heapInUse(): number | null {
  if (!globalThis.gc) return null
  globalThis.gc()
  return process.memoryUsage().heapUsed
}
