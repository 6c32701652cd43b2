import type { Knex } from 'knex'
import type { Dialect } from './dialect'

export { type Dialect, execute } from './dialect'

const loaders: Readonly<Record<string, () => Dialect>> = {
  'better-sqlite3': () => (require('./sqlite') as typeof import('./sqlite')).sqlite,
  pg: () => (require('./postgres') as typeof import('./postgres')).postgres,
  mysql2: () => (require('./mysql') as typeof import('./mysql')).mysql,
}

/** The dialect of an open database, loaded by the first who asks. */
export function dialectOf(db: Knex): Dialect {
  const { driverName } = db.client as { driverName: string }
  const load = loaders[driverName]
  if (!load) throw new Error(`Migrations know no database of the driver ${driverName}.`)
  return load()
}
