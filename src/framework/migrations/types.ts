/** A type as it is written in a schema, taken apart: `decimal(10, 2)` is decimal with 10 and 2. */
export interface TypeParts {
  readonly name: string
  readonly args: readonly number[]
  readonly unsigned: boolean
}

/** How Knex makes a column of a type: the builder's method and what follows the column's name. */
export interface KnexColumn {
  readonly method: string
  readonly args: readonly unknown[]
}

/**
 * The types that mean the same on every database, with the method of Knex that makes each.
 * `datetime` keeps microseconds, and an instant rather than a time on some wall.
 */
const known: Readonly<Record<string, (args: readonly number[]) => KnexColumn>> = {
  integer: () => ({ method: 'integer', args: [] }),
  bigint: () => ({ method: 'bigInteger', args: [] }),
  double: () => ({ method: 'double', args: [] }),
  // Knex makes float of a decimal on SQLite, which then no longer knows the digits.
  decimal: (args) => ({ method: 'specificType', args: [`decimal(${args.join(', ')})`] }),
  boolean: () => ({ method: 'boolean', args: [] }),
  string: (args) => ({ method: 'string', args }),
  text: () => ({ method: 'text', args: [] }),
  date: () => ({ method: 'date', args: [] }),
  datetime: ([precision = 6]) => ({ method: 'datetime', args: [{ precision }] }),
  time: () => ({ method: 'time', args: [] }),
  json: () => ({ method: 'jsonb', args: [] }),
  uuid: () => ({ method: 'uuid', args: [] }),
  binary: () => ({ method: 'binary', args: [] }),
}

/** How many arguments each of them takes: at least and at most. Those that are not here take none. */
const taken: Readonly<Record<string, readonly [number, number]>> = {
  decimal: [2, 2],
  string: [1, 1],
  datetime: [0, 1],
}

/** Takes a type apart; undefined for one that only its own database knows. */
export function typeParts(type: string): TypeParts | undefined {
  const [, name = '', list, unsigned] =
    /^(\w+)(?:\(([\d, ]+)\))?( unsigned)?$/.exec(type) ?? ([] as string[])
  if (!(name in known)) return undefined
  const args = list === undefined ? [] : list.split(',').map(Number)
  const [least, most] = taken[name] ?? [0, 0]
  const isWhole = name === 'integer' || name === 'bigint'
  if (args.length < least || args.length > most || (unsigned && !isWhole)) return undefined
  return { name, args, unsigned: unsigned !== undefined }
}

/** How Knex makes a column of this type. */
export function knexColumn(type: string): KnexColumn {
  const parts = typeParts(type)
  const make = parts && known[parts.name]
  return make ? make(parts.args) : { method: 'specificType', args: [type] }
}
