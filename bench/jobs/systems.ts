import { join } from 'node:path'
import { installBullmq, installCelery, python } from './install'
import type { Command } from './program'
import { redisAnswers, redisUrl } from './redis'

/** One of the systems that are compared. */
export interface System {
  readonly name: string
  /** Where nothing is stored yet: a file, a prefix of keys, or a database. */
  place(): string | Promise<string>
  /** @param works whether it also runs the jobs that it sends */
  producer(place: string, works?: boolean): Command
  /** @param marks after how many jobs it says the time */
  worker(place: string, marks: readonly number[]): Command
  /** Whether one process can send jobs and run them. */
  readonly inOneProcess: boolean
  /** Which part of the longest tries it takes; one that is slow would take an hour. */
  readonly share: number
  readonly backlogs: readonly number[]
  /** How many jobs are sent to time the sending. */
  readonly sent: number
  /** How many jobs pass before anything is timed. */
  readonly warmUp: number
  /** Whether it keeps what a job returned, and whoever sent it can wait for that. */
  readonly results: boolean
}

/** How much each of the peers of the embedded store does. */
const usual = { sent: 10_000, warmUp: 5_000, results: true }

const peers = join(__dirname, '../peers')
export const withTypes = ['-r', './src/framework/register.cjs']
let places = 0

/** Every system that can be measured here; says which cannot, and why. */
export async function systems(folder: string): Promise<System[]> {
  const found = [atelier(folder)]
  if (!(await redisAnswers())) {
    console.log(`  BullMQ and Celery skipped: no Redis at the address of TEST_REDIS_URL`)
    return found
  }
  const offered: [System, () => string | undefined][] = [
    [bullmq, installBullmq],
    [celery, installCelery],
  ]
  for (const [system, install] of offered) {
    const problem = install()
    if (problem) console.log(`  ${system.name} skipped: ${problem}`)
    else found.push(system)
  }
  return found
}

function atelier(folder: string): System {
  const file = (name: string) => join(__dirname, name)
  return {
    ...usual,
    name: 'Atelier',
    place: () => `sqlite:${folder}/${places++}.sqlite3`,
    producer: (place, works) =>
      node([...withTypes, file('atelier-producer.ts'), place, works ? 'works' : '']),
    worker: (place, marks) =>
      node(['--expose-gc', ...withTypes, file('atelier-worker.ts'), place, marks.join()]),
    inOneProcess: true,
    share: 1,
    backlogs: [1_000, 10_000, 100_000],
  }
}

const bullmq: System = {
  ...usual,
  name: 'BullMQ',
  place: () => prefix('bullmq'),
  producer: (place, works) =>
    node([...withTypes, join(peers, 'bullmq-producer.cjs'), place, works ? 'works' : '']),
  worker: (place, marks) =>
    node(['--expose-gc', join(peers, 'bullmq-worker.cjs'), place, marks.join()]),
  inOneProcess: true,
  share: 1,
  backlogs: [1_000, 10_000, 100_000],
}

const celery: System = {
  ...usual,
  name: 'Celery',
  place: () => `${prefix('celery')}:`,
  producer: (place) => inPython(['celery_producer.py', place]),
  worker: (place, marks) => inPython(['celery_worker.py', place, marks.join()]),
  inOneProcess: false,
  share: 0.1,
  backlogs: [1_000, 10_000],
}

function prefix(name: string): string {
  return `atelier-bench:${process.pid}:${name}:${places++}`
}

export function node(args: string[]): Command {
  return { program: process.execPath, args, env: { BENCH_REDIS_URL: redisUrl } }
}

function inPython([file = '', ...args]: string[]): Command {
  return {
    program: python,
    args: [join(peers, file), ...args],
    env: { BENCH_REDIS_URL: redisUrl, PYTHONDONTWRITEBYTECODE: '1' },
  }
}
