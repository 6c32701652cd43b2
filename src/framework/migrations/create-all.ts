import type { Knex } from 'knex'
import type { Application } from '../application'
import { createTable } from './calls'
import { change, type Step } from './change'
import { createdTables } from './compare/created'
import { ordered } from './compare/order'
import { desired } from './desired'
import { dialectOf } from './dialects'
import { refuseDangling } from './difference'
import type { Operation } from './operations'

/**
 * Creates the tables that an application's models declare and its database does not have, without
 * migrations: for tests. Tables that are there stay as they are.
 *
 * @throws ModelError when a model cannot be a table
 * @throws RevisionError when a foreign key refers to what nobody has
 */
export async function createAll({ models, db }: Pick<Application, 'models' | 'db'>): Promise<void> {
  const there = await dialectOf(db).reflect(db)
  const declared = desired(Object.values(models))
  refuseDangling(declared, there)
  const missing = declared.filter(({ name }) => !there.some((table) => table.name === name))
  const operations = ordered(createdTables(missing, [], there))
  if (operations.length > 0) await change(db, operations.map(step))
}

function step(operation: Operation): Step {
  if (operation.op !== 'createTable') return operation as Exclude<Step, { op: 'createTable' }>
  return async (trx: Knex) => void (await createTable(trx, operation.table))
}
