import { join } from 'node:path'
import {
  type FreshDatabase,
  freshDatabase,
  freshRedis,
  type Server,
  skipWithout,
} from '../tests/support/servers'
import { heedInterruption, interruption } from './jobs/interruption'
import { brokerMeasures } from './jobs/measures'
import { compare } from './jobs/report'
import { node, type System, withTypes } from './jobs/systems'

type Broker = Exclude<Server, 'mysql'>

const kinds: readonly Broker[] = ['postgres', 'redis', 'mongodb']

/**
 * Agenda alone with its official backends, and Atelier on the same servers. Agenda looks every
 * 100 ms and locks 100 jobs at most, which is the best that it does there; it keeps no results.
 */
export async function brokers(): Promise<void> {
  const heedNoMore = heedInterruption()
  console.log('  × n: n times the figure of Agenda alone')
  for (const kind of kinds) {
    const skip = skipWithout(kind)
    if (skip) console.log(`\n  ${kind} skipped: ${skip}`)
    else await measureOn(kind)
  }
  heedNoMore()
  if (interruption.aborted) process.exit(130)
}

async function measureOn(kind: Broker): Promise<void> {
  console.log(`\n  on ${kind}`)
  const places: FreshDatabase[] = []
  const place = async () => {
    const fresh = await (kind === 'redis' ? freshRedis() : freshDatabase(kind))
    places.push(fresh)
    return fresh.url
  }
  try {
    const systems = [on('Agenda', 'agenda', place, false), on('Atelier', 'atelier', place, true)]
    for (const measure of Object.values(brokerMeasures)) await compare(systems, measure)
  } finally {
    for (const fresh of places) await fresh.drop()
  }
}

function on(name: string, program: string, place: System['place'], results: boolean): System {
  const file = (part: string) => join(__dirname, 'jobs', `${program}-${part}.ts`)
  return {
    name,
    place,
    producer: (url) => node([...withTypes, file('producer'), url]),
    worker: (url, marks) => node([...withTypes, file('worker'), url, marks.join()]),
    inOneProcess: false,
    share: 1,
    backlogs: [2_000],
    sent: 2_000,
    warmUp: 500,
    results,
  }
}
