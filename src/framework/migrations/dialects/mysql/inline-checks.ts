import type { Knex } from 'knex'
import { plain } from '../../apply'
import type { Table } from '../../schema'
import { plainSql } from './read'
import { rowsOf } from './rows'
import { text } from './write'

export interface InlineCheck {
  readonly column: string
  readonly expression: string
  /** The expression as the server has it. */
  readonly sql: string
}

/**
 * The checks that MariaDB keeps as a part of a column's definition. They have no name, and are lost
 * when the column is defined anew without them.
 */
export async function inlineChecks(db: Knex, table: Table): Promise<InlineCheck[]> {
  const nameless = table.checks.filter(({ name }) => name === null).map(meaning)
  // MySQL has none, and could not answer.
  if (nameless.length === 0) return []
  const rows = await rowsOf<{ name: string; clause: string }>(
    db,
    `select constraint_name as name, check_clause as clause
      from information_schema.check_constraints where constraint_schema = database()
      and level = 'Column' and table_name = ${text(table.name)}`,
  )
  return rows
    .map(({ name, clause }) => ({ column: name, expression: plainSql(clause), sql: clause }))
    .filter((check) => nameless.includes(meaning(check)))
}

function meaning({ expression }: { readonly expression: string }): string {
  return plain(expression)
}
