import createKnex, { type Knex } from 'knex'
import {
  type Config,
  prepareSqlite,
  type SqlitePragmas,
  type StoreUrl,
  sqlitePath,
  sqliteProblem,
} from '../config'
import { Current } from '../current'
import { StoreUnavailableError } from '../errors'
import { noteChecksum } from './checksums'
import { knexLog } from './log'

/** The databases that are open: what an imported model acts on. */
export const databases = new Current<Knex>()

// That a server does not answer is said within 5 s, so attempts to connect end before that.
const connectTimeout = 3_500

/** How Knex reaches the database of `config`, and where its migrations are: also the knexfile. */
export function knexConfig(config: Config): Knex.Config {
  return {
    ...client(config.DATABASE_URL, config.root),
    migrations: migrations(config),
    // Longer than the driver's own, whose error says what happened.
    acquireConnectionTimeout: connectTimeout + 1_000,
    // Errors are logged, and values are nobody's business there.
    compileSqlOnError: false,
    log: knexLog,
  }
}

function migrations({ root }: Config): Knex.MigratorConfigWithLifecycleHooks {
  return {
    directory: `${root}/migrations`,
    extension: 'ts',
    loadExtensions: ['.ts'],
    afterEach: noteChecksum,
  }
}

/** Drivers are named, not imported: Knex loads the one it needs when it opens. */
function client(url: StoreUrl, root: string): Knex.Config {
  if (url.kind === 'postgres') {
    return { client: 'pg', connection: withOption(url, 'connectionTimeoutMillis', connectTimeout) }
  }
  if (url.kind === 'mysql') {
    return { client: 'mysql2', connection: withOption(url, 'connectTimeout', connectTimeout) }
  }
  return {
    client: 'better-sqlite3',
    connection: openable(url, root),
    useNullAsDefault: true,
    pool: { min: 1, max: 1, afterCreate: prepare },
  }
}

/**
 * Asked by Knex when it opens the file: what cannot be opened is said in our words, whoever asks.
 * The file's name stands beside, where Knex looks for it before.
 */
function openable(url: StoreUrl, root: string): Knex.ConnectionConfigProvider {
  const filename = sqlitePath(url, root)
  const provider = async () => {
    const problem = sqliteProblem(filename)
    if (problem) throw new StoreUnavailableError('database', String(url), problem.why, problem.hint)
    return { filename }
  }
  return Object.assign(provider, { filename })
}

/** As text, since Knex hides the password of a URL that it reads itself. */
function withOption(url: StoreUrl, option: string, value: number): string {
  const parsed = new URL(url.reveal())
  parsed.searchParams.set(option, String(value))
  // Drivers want an IPv6 address without the brackets of a URL.
  if (parsed.hostname.startsWith('[')) parsed.searchParams.set('host', parsed.hostname.slice(1, -1))
  return parsed.href
}

function prepare(
  connection: SqlitePragmas & { close(): void },
  done: (error?: unknown) => void,
): void {
  try {
    prepareSqlite(connection)
    done()
  } catch (error) {
    connection.close()
    done(error)
  }
}

/** Opens the database of `config`; nothing is sent to it before the first query. */
export function openDatabase(config: Config): Knex {
  const db = createKnex(knexConfig(config))
  databases.open(db)
  return db
}

/** Closes a database; imported models no longer act on it. */
export async function closeDatabase(db: Knex): Promise<void> {
  databases.close(db)
  await db.destroy()
}
