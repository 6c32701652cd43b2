import type { Knex } from 'knex'
import { execute } from '../dialect'
import { Reader, tokenize } from '../tokens'
import { quote } from './write'

/** A view or a trigger. */
interface Dependent {
  readonly type: 'view' | 'trigger'
  readonly name: string
  readonly sql: string
}

/** The names of the views and triggers of a database that work. */
export async function workingDependents(db: Knex): Promise<Set<string>> {
  const working = new Set<string>()
  for (const one of await dependents(db)) {
    if ((await fault(db, one)) === undefined) working.add(one.name)
  }
  return working
}

/** @throws Error that names the first of them which no longer works */
export async function refuseBroken(db: Knex, working: ReadonlySet<string>): Promise<void> {
  for (const one of await dependents(db)) {
    const why = working.has(one.name) ? await fault(db, one) : undefined
    if (why === undefined) continue
    throw new Error(
      `The ${one.type} ${one.name} would no longer work (${why}). Drop it before, and make it anew.`,
    )
  }
}

function dependents(db: Knex): Promise<Dependent[]> {
  const sql = "select type, name, sql from sqlite_master where type in ('view', 'trigger')"
  return execute<Dependent[]>(db, sql)
}

async function fault(db: Knex, { type, name, sql }: Dependent): Promise<string | undefined> {
  const probe = type === 'view' ? `select * from ${quote(name)} limit 0` : await firing(db, sql)
  try {
    await execute(db, probe)
    return undefined
  } catch (error) {
    // Knex puts the statement before what the database says.
    return error instanceof Error ? error.message.split(' - ').at(-1) : String(error)
  }
}

/** What makes SQLite look at all that a trigger does, without doing it. */
async function firing(db: Knex, sql: string): Promise<string> {
  const reader = new Reader(sql, tokenize(sql))
  reader.until(() => ['delete', 'insert', 'update'].some((event) => reader.sees(event)))
  const event = reader.next().value
  const named: string[] = []
  while (reader.takes('of') || reader.takes(',')) named.push(quote(reader.name()))
  reader.takes('on')
  const table = quote(reader.name())
  if (event === 'delete') return `explain delete from ${table}`
  if (event === 'insert') return `explain insert into ${table} default values`
  const columns = named.length > 0 ? named : await columnsOf(db, table)
  return `explain update ${table} set ${columns.map((column) => `${column} = null`).join(', ')}`
}

async function columnsOf(db: Knex, table: string): Promise<string[]> {
  const rows = await execute<{ name: string }[]>(db, `pragma table_info(${table})`)
  return rows.map(({ name }) => quote(name))
}
