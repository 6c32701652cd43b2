import { type Operation, reverse } from '../operations'
import type { Table } from '../schema'
import { createdTables } from './created'
import { withFreeNames } from './free-names'
import { ordered } from './order'
import { type Renames, withNewNames } from './renames'
import { changesOf } from './table'

/** What is compared. All three are read by one introspector, so that they are alike in writing. */
export interface Sides {
  /** The tables as the models declare them. */
  readonly declared: readonly Table[]
  /** The same tables, as this database would have them. */
  readonly rehearsed: readonly Table[]
  /** The tables that the database has and that are ours: declared, or once made by a migration. */
  readonly found: readonly Table[]
  readonly renames: Renames
}

/**
 * What makes the database hold what the models declare.
 *
 * @returns operations in the order in which every database can take them; none when all is well
 */
export function compare({ declared, rehearsed, found, renames }: Sides): Operation[] {
  const { tables, operations } = withNewNames(found, renames)
  const known = (name: string) => tables.find((table) => table.name === name)
  const changes = declared.flatMap((table) => {
    const before = known(table.name)
    const wanted = rehearsed.find(({ name }) => name === table.name)
    return before && wanted ? changesOf(table, wanted, before) : []
  })
  const created = declared.filter(({ name }) => !known(name))
  const dropped = tables.filter(({ name }) => !declared.some((table) => table.name === name))
  const all = ordered([
    ...operations,
    ...createdTables(created, [...operations, ...changes], tables),
    ...changes,
    // Those that refer go before those that they refer to.
    ...createdTables(dropped, changes, []).map(reverse).reverse(),
  ])
  return withFreeNames(all, tables)
}
