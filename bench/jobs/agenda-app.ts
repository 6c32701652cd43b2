import { Agenda, type AgendaBackend, type Job } from 'agenda'

type Pair = { a: number; b: number }

const processEvery = 100
const concurrency = 20
const lockLimit = 100

/** Agenda alone, with its official backend for this server. */
export function agendaOn(url: string): { agenda: Agenda; backend: AgendaBackend } {
  const backend = backendOn(url)
  const agenda = new Agenda({
    backend,
    processEvery,
    maxConcurrency: concurrency,
    defaultLockLifetime: 10_000,
  })
  agenda.define('bench.add', add, { concurrency, lockLimit })
  return { agenda, backend }
}

function add({ attrs }: Job<Pair>): void {
  void (attrs.data.a + attrs.data.b)
}

function backendOn(url: string): AgendaBackend {
  const { protocol, searchParams, origin, host, pathname } = new URL(url)
  if (protocol === 'redis:') {
    const { RedisBackend }: typeof import('@agendajs/redis-backend') =
      require('@agendajs/redis-backend')
    const connectionString = origin === 'null' ? `redis://${host}${pathname}` : origin + pathname
    return new RedisBackend({ connectionString, keyPrefix: searchParams.get('prefix') ?? '' })
  }
  if (protocol === 'mongodb:') {
    const { MongoBackend }: typeof import('@agendajs/mongo-backend') =
      require('@agendajs/mongo-backend')
    return new MongoBackend({ address: url })
  }
  const { PostgresBackend }: typeof import('@agendajs/postgres-backend') =
    require('@agendajs/postgres-backend')
  return new PostgresBackend({ connectionString: url })
}
