import { type Config, type StoreKind, type StoreUrl, sqlitePath } from '../../config'
import { StoreUnavailableError } from '../../errors'
import type { Results } from '../results'
import type { JobStore } from './contract'

/** How each kind of store is made; its module, and so its driver, loads only when it is chosen. */
const jobStores: Partial<Record<StoreKind, (url: StoreUrl, config: Config) => JobStore>> = {
  sqlite: (url, config) => {
    const { SqliteStore } = require('./sqlite/store') as typeof import('./sqlite/store')
    return new SqliteStore(sqlitePath(url, config.root), config.AGENDA_SYNCHRONOUS)
  },
  mongodb: (url) => {
    const { MongoStore } = require('./mongodb/store') as typeof import('./mongodb/store')
    return new MongoStore(url)
  },
  postgres: (url) => {
    const { PostgresStore } = require('./postgres/store') as typeof import('./postgres/store')
    return new PostgresStore(url)
  },
  redis: (url) => {
    const { RedisStore } = require('./redis/store') as typeof import('./redis/store')
    return new RedisStore(url)
  },
}

const resultStores: Partial<Record<StoreKind, (url: StoreUrl, config: Config) => Results>> = {
  sqlite: (url, config) => {
    const { openSqliteResults } = require('./sqlite/results') as typeof import('./sqlite/results')
    return openSqliteResults(sqlitePath(url, config.root), config.AGENDA_SYNCHRONOUS)
  },
  mongodb: (url) => {
    const { openMongoResults } = require('./mongodb/results') as typeof import('./mongodb/results')
    return openMongoResults(url)
  },
  postgres: (url) => {
    const { openPostgresResults } =
      require('./postgres/results') as typeof import('./postgres/results')
    return openPostgresResults(url)
  },
  redis: (url) => {
    const { openRedisResults } = require('./redis/results') as typeof import('./redis/results')
    return openRedisResults(url)
  },
}

/** The job store of `config`, not yet opened. Results live in it, or where AGENDA_RESULTS_URL says. */
export function createStore(config: Config): JobStore {
  const store = create(jobStores, config.AGENDA_URL)(config.AGENDA_URL, config)
  const resultsUrl = config.AGENDA_RESULTS_URL
  if (!resultsUrl || resultsUrl.reveal() === config.AGENDA_URL.reveal()) return store
  const { withResults } = require('./separate-results') as typeof import('./separate-results')
  return withResults(store, create(resultStores, resultsUrl)(resultsUrl, config))
}

function create<F>(makers: Partial<Record<StoreKind, F>>, url: StoreUrl): F {
  const maker = makers[url.kind]
  if (maker) return maker
  const known = Object.keys(makers).join(', ')
  throw new StoreUnavailableError(
    'job store',
    String(url),
    `jobs can live in ${known}`,
    'Change AGENDA_URL.',
  )
}
