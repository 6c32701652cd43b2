import type { Knex } from 'knex'
import { execute } from '../dialect'

/**
 * Does work in a transaction with foreign keys let go, and checks them at its end.
 *
 * @param isHarmless whether the work neither changes nor drops tables
 * @throws Error before any work when `db` is a transaction in which foreign keys are enforced
 * @throws Error when rows refer to rows that are not there; then the work is undone
 */
export async function inTransaction(
  db: Knex,
  work: (trx: Knex) => Promise<void>,
  isHarmless: boolean,
): Promise<void> {
  if (db.isTransaction) {
    if (!isHarmless) await refuseEnforcedKeys(db)
    return work(db)
  }
  // Knex has an option for this, but does not find the setting where names are mapped.
  const connection = await db.client.acquireConnection()
  const on = (setting: boolean) =>
    execute(db, `pragma foreign_keys = ${setting}`).connection(connection)
  try {
    const enforced = await areEnforced(db, connection)
    await on(false)
    const checked = async (trx: Knex) => {
      await work(trx)
      if (enforced) await refuseLostRows(trx)
    }
    await db.transaction(checked, { connection }).finally(() => on(enforced))
  } finally {
    await db.client.releaseConnection(connection)
  }
}

/** @throws Error when a table that is dropped, or built anew, would take rows of others with it */
export async function refuseEnforcedKeys(db: Knex): Promise<void> {
  if (!(await areEnforced(db))) return
  throw new Error(
    'In a transaction of Knex, SQLite would delete the rows that refer to a changed table. ' +
      'Write `export const config = { transaction: false }` in the migration.',
  )
}

async function areEnforced(db: Knex, connection?: unknown): Promise<boolean> {
  const asked = execute<object[]>(db, 'pragma foreign_keys')
  const [row] = await (connection === undefined ? asked : asked.connection(connection))
  return Boolean(Object.values(row ?? {})[0])
}

async function refuseLostRows(db: Knex): Promise<void> {
  const rows = await execute<object[]>(
    db,
    'select "table", parent, count(*) from pragma_foreign_key_check group by 1, 2',
  )
  if (rows.length === 0) return
  const said = rows.map((row) => {
    const [table, parent, count] = Object.values(row)
    return `${count} of ${table} to ${parent}`
  })
  throw new Error(`Rows refer to rows that are not there: ${said.join(', ')}.`)
}
