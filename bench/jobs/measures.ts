import { setTimeout as sleep } from 'node:timers/promises'
import { spread } from '../figures'
import { residentMegabytes } from './memory'
import { type Command, Program } from './program'
import type { System } from './systems'

/** One line of the report; without a value where the system has no such thing. */
export interface Figure {
  readonly label: string
  readonly unit: string
  readonly value: number | undefined
}

export type Measure = (system: System) => Promise<Figure[]>

/** Less than 1 for a quick try: all counts are multiplied by it. */
const scale = Number(process.env.BENCH_SCALE ?? 1)
const soak = Number(process.env.BENCH_SOAK ?? 100_000)

const samples = scaled(200)
const starts = 5
const short = 10_000
const shortRounds = 3
const chunk = 5_000
const limit = 300_000
const settle = 1_000

export const measures: Record<string, Measure> = {
  enqueue,
  'end to end': throughput,
  'two processes': (system) => trips(system, false),
  'one process': (system) => (system.inOneProcess ? trips(system, true) : Promise.resolve([])),
  'worker start': workerStart,
  memory,
}

/** What a broker is asked: without results nothing comes back to be timed. */
export const brokerMeasures: Record<string, Measure> = {
  enqueue,
  'end to end': throughput,
  'two processes': (system) => (system.results ? trips(system, false) : Promise.resolve([])),
}

function scaled(count: number): number {
  return Math.max(5, Math.round(count * scale))
}

function grouped(count: number): string {
  return count.toLocaleString('en')
}

async function enqueue(system: System): Promise<Figure[]> {
  const [sent, warmUp] = [scaled(system.sent), scaled(system.warmUp)]
  const ways = {
    parallel: `enqueue, 20 callers at once, ${grouped(sent)} jobs`,
    sequential: `enqueue, one caller, each after the other, ${grouped(sent)} jobs`,
    bulk: `enqueue in bulk, 1,000 a call, ${grouped(sent)} jobs`,
  }
  return withProducer(system, async (producer) => {
    const figures: Figure[] = []
    for (const [way, label] of Object.entries(ways)) {
      await producer.ask(way, warmUp, limit)
      const seconds = (await producer.ask(way, sent, limit)) as number | null
      figures.push({ label, unit: 'jobs/s', value: seconds === null ? undefined : sent / seconds })
    }
    return figures
  })
}

/** The figure for each backlog, and how much they differ. */
async function throughput(system: System): Promise<Figure[]> {
  const figures: Figure[] = []
  for (const backlog of system.backlogs.map(scaled)) {
    const label = `end to end with results stored, backlog of ${grouped(backlog)}`
    figures.push({ label, unit: 'jobs/s', value: await speed(system, backlog) })
  }
  if (figures.length < 2) return figures
  const speeds = figures.map(({ value }) => value ?? Number.NaN)
  const flatness = Math.min(...speeds) / Math.max(...speeds)
  return [...figures, { label: 'slowest backlog to fastest', unit: '', value: flatness }]
}

/** A short backlog is gone in a blink, so that it is taken several times. */
async function speed(system: System, backlog: number): Promise<number> {
  const speeds: number[] = []
  const rounds = backlog < short ? shortRounds : 1
  for (let round = 0; round < rounds; round++) speeds.push(await drain(system, backlog))
  return spread(speeds).median
}

/** From the last job of the warm-up to the last of all: a cold process is not what is measured. */
function drain(system: System, backlog: number): Promise<number> {
  const warmUp = scaled(system.warmUp)
  return withProducer(system, async (producer, place) => {
    await producer.ask('prefill', warmUp + backlog, limit)
    const marks = [warmUp, warmUp + backlog]
    return withProgram(system.worker(place, marks), async (worker) => {
      const began = (await worker.hears(`mark ${marks[0]}`, limit)) as number
      const ended = (await worker.hears(`mark ${marks[1]}`, limit)) as number
      await producer.ask('verify', 0, limit)
      return (backlog / (ended - began)) * 1_000
    })
  })
}

function trips(system: System, inOneProcess: boolean): Promise<Figure[]> {
  const measure = async (producer: Program) => {
    const times = await producer.ask('trips', samples, limit)
    return latencies(times as Times, inOneProcess ? 'one process' : 'two processes')
  }
  return withProducer(
    system,
    (producer, place) =>
      inOneProcess
        ? measure(producer)
        : withProgram(system.worker(place, []), () => measure(producer)),
    inOneProcess,
  )
}

interface Times {
  readonly pickup: number[]
  readonly round: number[]
}

function latencies({ pickup, round }: Times, where: string): Figure[] {
  const lines = { [`pick-up, ${where}`]: pickup, [`round trip, ${where}`]: round }
  return Object.entries(lines).flatMap(([label, times]) => {
    const { median, p99 } = spread(times)
    return [
      { label: `${label}, p50`, unit: 'ms', value: median },
      { label: `${label}, p99`, unit: 'ms', value: p99 },
    ]
  })
}

/** From the spawn of a worker to the first line of a job that waits for it. */
function workerStart(system: System): Promise<Figure[]> {
  return withProducer(system, async (producer, place) => {
    const times: number[] = []
    for (let index = 0; index < starts; index++) {
      await producer.ask('sendStamp', 0, limit)
      const time = await withProgram(system.worker(place, []), async (worker) => {
        const started = (await producer.ask('awaitStamp', 0, limit)) as number
        return started - worker.spawnedAt
      })
      times.push(time)
    }
    const label = 'worker start, spawn to first line of a waiting job'
    return [{ label, unit: 'ms', value: spread(times).median }]
  })
}

function memory(system: System): Promise<Figure[]> {
  const jobs = Math.max(chunk, Math.round((soak * system.share * scale) / chunk) * chunk)
  const marks = Array.from({ length: jobs / chunk }, (_, index) => (index + 1) * chunk)
  return withProducer(system, (producer, place) =>
    withProgram(system.worker(place, marks), async (worker) => {
      const before = await weigh(worker)
      for (const mark of marks) {
        await producer.ask('prefill', chunk, limit)
        // One chunk stays ahead of the worker, so that it never idles and the backlog stays small.
        if (mark > chunk) await worker.hears(`mark ${mark - chunk}`, limit)
      }
      await worker.hears(`mark ${jobs}`, limit)
      await producer.ask('verify', 0, limit)
      return grown(before, await weigh(worker), jobs)
    }),
  )
}

interface Weight {
  readonly resident: number | undefined
  readonly heap: number | undefined
}

async function weigh(worker: Program): Promise<Weight> {
  await sleep(settle)
  // Before the heap is collected: a worker that nobody asks does not collect it either.
  const resident = residentMegabytes(worker.pid)
  const heap = (await worker.ask('heap', 0, limit)) as number | null
  return { resident, heap: heap === null ? undefined : heap / 1_048_576 }
}

function grown(before: Weight, after: Weight, jobs: number): Figure[] {
  const lines: [string, keyof Weight][] = [
    ['memory of the worker, children included (RSS)', 'resident'],
    ['heap of the worker after a collection', 'heap'],
  ]
  return lines.flatMap(([label, part]) => [
    { label: `${label}, idle`, unit: 'MB', value: before[part] },
    { label: `${label}, in the end`, unit: `MB after ${grouped(jobs)} jobs`, value: after[part] },
    { label: `${label}, growth`, unit: 'MB', value: minus(after[part], before[part]) },
  ])
}

function minus(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? undefined : a - b
}

async function withProducer<R>(
  system: System,
  body: (producer: Program, place: string) => Promise<R>,
  works = false,
): Promise<R> {
  const place = await system.place()
  return withProgram(system.producer(place, works), (producer) => body(producer, place))
}

async function withProgram<R>(
  command: Command,
  body: (program: Program) => Promise<R>,
): Promise<R> {
  const program = await Program.start(command)
  try {
    return await body(program)
  } finally {
    await program.stop()
  }
}
