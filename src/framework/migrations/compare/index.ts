import { type Change, type Operation, reverse } from '../operations'
import type { Table } from '../schema'
import { createdTables } from './created'
import { withFreeNames } from './free-names'
import { isBeforeRenames, ordered } from './order'
import { type RenameOperation, type Renames, renamed, withNewNames } from './renames'
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
  const known = byName(tables)
  const wantedOf = byName(rehearsed)
  const names = new Set(declared.map(({ name }) => name))
  const isDeclared = ({ name }: Table) => names.has(name)
  const changes = declared.flatMap((table) => {
    const before = known.get(table.name)
    const wanted = wantedOf.get(table.name)
    return before && wanted ? changesOf(table, wanted, before) : []
  })
  const created = declared.filter(({ name }) => !known.has(name))
  const dropped = tables.filter((table) => !isDeclared(table))
  const all = ordered([
    ...operations,
    ...createdTables(created, [...operations, ...changes], tables),
    ...changes.map((change) => withOldNames(change, operations)),
    // Those that refer go before those that they refer to.
    ...createdTables(dropped, changes, tables.filter(isDeclared))
      .map((operation) => withOldNames(reverse(operation), operations))
      .reverse(),
  ])
  return withFreeNames(all, tables)
}

function byName(tables: readonly Table[]): ReadonlyMap<string, Table> {
  return new Map(tables.map((table) => [table.name, table]))
}

/** What comes before columns get their new names goes by those that they have until then. */
function withOldNames(operation: Operation, renames: readonly RenameOperation[]): Operation {
  if (!isBeforeRenames(operation)) return operation
  const columns = renames.filter(({ op }) => op === 'renameColumn')
  return columns.reduceRight<Operation>(
    (one, rename) => renamed(one as Change, reverse(rename) as RenameOperation),
    operation,
  )
}
