import { setTimeout as sleep } from 'node:timers/promises'
import { clock, type Operations } from './lines'

/** A job that was sent. */
export interface Sent {
  result(): Promise<number>
}

type Pair = [number, number]

/** How one system sends jobs: of a task that adds two numbers, and of one that tells the time. */
export interface Sender {
  add(a: number, b: number): Promise<Sent>
  /** Many in one call. */
  addMany(pairs: Pair[]): Promise<Sent[]>
  stamp(): Promise<Sent>
}

const callers = 20
const batch = 1_000
const sampled = 50
const warmUpTrips = 20

/** The operations of every producer that runs in Node. */
export function producing(sender: Sender): Operations {
  const checks: { sent: Sent; sum: number }[] = []
  let waiting: Sent | undefined
  return {
    parallel: (count) => timed(() => parallel(sender, count)),
    sequential: (count) => timed(() => sequential(sender, count)),
    bulk: (count) => timed(() => bulk(sender, count)),
    prefill: async (count) => {
      const sent = await bulk(sender, count)
      checks.push(...samples(sent))
    },
    verify: () => verify(checks),
    trips: (count) => trips(sender, count),
    sendStamp: async () => {
      waiting = await sender.stamp()
    },
    awaitStamp: () => waiting?.result(),
  }
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now()
  await work()
  return (performance.now() - began) / 1_000
}

async function sequential(sender: Sender, count: number): Promise<void> {
  for (let index = 0; index < count; index++) await sender.add(index, 1)
}

async function parallel(sender: Sender, count: number): Promise<void> {
  let next = 0
  async function caller() {
    while (next < count) await sender.add(next++, 1)
  }
  await Promise.all(Array.from({ length: callers }, caller))
}

async function bulk(sender: Sender, count: number): Promise<Sent[]> {
  const sent: Sent[] = []
  for (let from = 0; from < count; from += batch) {
    const size = Math.min(batch, count - from)
    const pairs = Array.from({ length: size }, (_, index): Pair => [from + index, 1])
    sent.push(...(await sender.addMany(pairs)))
  }
  return sent
}

function samples(sent: readonly Sent[]): { sent: Sent; sum: number }[] {
  const step = Math.max(1, Math.floor(sent.length / sampled))
  return sent
    .map((each, index) => ({ sent: each, sum: index + 1 }))
    .filter((_, index) => index % step === 0 || index === sent.length - 1)
}

/** Reads the stored results of jobs here and there among those prefilled. */
async function verify(checks: { sent: Sent; sum: number }[]): Promise<number> {
  for (const { sent, sum } of checks) {
    const result = await sent.result()
    if (result !== sum) throw new Error(`expected the result ${sum}, saw ${result}`)
  }
  return checks.splice(0).length
}

async function trips(sender: Sender, count: number) {
  const pickup: number[] = []
  const round: number[] = []
  for (let index = -warmUpTrips; index < count; index++) {
    // Not in step with anybody's polling.
    await sleep(5 + Math.random() * 20)
    const sent = clock()
    const started = await (await sender.stamp()).result()
    const received = clock()
    if (index < 0) continue
    pickup.push(started - sent)
    round.push(received - sent)
  }
  return { pickup, round }
}
