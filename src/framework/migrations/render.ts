import { tableCalls } from './calls'
import { describe } from './describe'
import type { Dialect } from './dialects'
import type { Operation } from './operations'
import { printChain, printValue, width, widthOf } from './print'
import type { Column, Table } from './schema'
import { typeParts } from './types'

/** All that a migration file says. */
export interface Revision {
  readonly message: string
  readonly date: Date
  /** The names of the files that it comes after. */
  readonly parents: readonly string[]
  readonly up: readonly Operation[]
  readonly down: readonly Operation[]
  /** What whoever applies it should know, a sentence each. */
  readonly warnings: readonly string[]
  /** For operations that need a value for rows and have none: how it is to be asked for. */
  readonly todos: ReadonlyMap<Operation, string>
  /** The database whose schema it was compared with. */
  readonly dialect: Dialect['name']
}

/** A migration as the text of its file; the same text for the same revision. */
export function render(revision: Revision): string {
  const all = [...revision.up, ...revision.down]
  // A table that goes may take rows of others with it, where foreign keys are enforced.
  const isPlain = revision.up.every(({ op }) => op === 'createTable')
  const own = all.some(isOwn)
  const names = [...(isPlain ? [] : ['change']), ...(own ? ['onlyOn'] : [])]
  const imports =
    names.length > 0
      ? `import { ${names.join(', ')} } from '../src/framework/migrations/change'\n`
      : ''
  const config = isPlain ? '' : `\n${noTransaction}`
  const lines = own ? [`onlyOn(knex, '${revision.dialect}')`] : []
  const body = isPlain ? plainSteps : (list: readonly Operation[]) => [steps(list, revision.todos)]
  return `${header(revision)}import type { Knex } from 'knex'
${imports}${config}
${direction('up', [...lines, ...body(revision.up)])}
${direction('down', [...lines, ...body(revision.down)])}`
}

const noTransaction = `// SQLite builds changed tables anew, with foreign keys let go: no transaction of Knex can do that.
export const config = { transaction: false }
`

function header({ message, date, parents, up, warnings }: Revision): string {
  const lines = [
    message,
    '',
    `Date: ${date.toISOString().slice(0, 19).replace('T', ' ')}`,
    `Parent: ${parents.length > 0 ? parents.join(', ') : 'none'}`,
    ...(up.length > 0 ? ['', ...up.map((operation) => `- ${describe(operation)}`)] : []),
    ...(warnings.length > 0 ? ['', ...warnings.map((warning) => `Warning: ${warning}`)] : []),
  ]
  const safe = lines.flatMap((line) => line.replaceAll('*/', '* /').split(/\r\n?|\n/))
  return `/**\n${safe.map((line) => ` * ${line}`.trimEnd()).join('\n')}\n */\n`
}

/** Whether only the database that it was compared with can take it. */
function isOwn(operation: Operation): boolean {
  const columns: Column[] = []
  if ('column' in operation) columns.push(operation.column)
  if (operation.op === 'alterColumn') columns.push(operation.from, operation.to)
  if ('table' in operation && typeof operation.table === 'object') {
    columns.push(...operation.table.columns)
  }
  return columns.some(({ type, extra }) => typeParts(type) === undefined || extra !== undefined)
}

function direction(name: 'up' | 'down', statements: readonly string[]): string {
  const isUsed = statements.length > 0
  const body = isUsed ? `{\n${statements.map((one) => `  ${one}\n`).join('')}}` : '{}'
  return `export async function ${name}(${isUsed ? 'knex' : '_knex'}: Knex): Promise<void> ${body}\n`
}

function plainSteps(operations: readonly Operation[]): string[] {
  return operations.map((operation) => {
    if (operation.op === 'createTable') return plainCreation(operation.table)
    const { name } = (operation as Extract<Operation, { op: 'dropTable' }>).table
    return `await knex.schema.dropTable(${printValue(name, 0)})`
  })
}

function plainCreation(table: Table): string {
  const name = printValue(table.name, 0)
  const start = `await knex.schema.createTable(${name}, (table) => {`
  if (widthOf(start) <= width - 2)
    return `await knex.schema.createTable(${name}, ${builder(table, 2)})`
  return `await knex.schema.createTable(\n    ${name},\n    ${builder(table, 4)},\n  )`
}

function builder(table: Table, indent: number): string {
  const inner = ' '.repeat(indent + 2)
  const lines = tableCalls(table).map((chain) => `${inner}${printChain(chain, indent + 2)}\n`)
  return `(table) => {\n${lines.join('')}${' '.repeat(indent)}}`
}

function steps(operations: readonly Operation[], todos: Revision['todos']): string {
  const printed = operations.map((operation) => step(operation, todos.get(operation)))
  const [only = ''] = printed
  const flat = `await change(knex, [${only}])`
  // What fits on one line stands there, if it is alone.
  const isFlat = printed.length <= 1 && !only.includes('\n') && widthOf(flat) <= width - 2
  if (isFlat) return flat
  return `await change(knex, [\n${printed.map((one) => `    ${one},\n`).join('')}  ])`
}

function step(operation: Operation, todo: string | undefined): string {
  if (operation.op === 'createTable') {
    const { name } = operation.table
    const as = builder(operation.table, 6)
    return `{\n      op: 'createTable',\n      table: ${printValue(name, 6)},\n      as: ${as},\n    }`
  }
  if (operation.op === 'dropTable') {
    return printValue({ op: 'dropTable', table: operation.table.name }, 4, 5)
  }
  const printed = printValue(written(operation), 4, todo === undefined ? 5 : 100)
  return todo === undefined
    ? printed
    : printed.replace(/\n {4}\}$/, `\n      // TODO: ${todo}\n    }`)
}

/** Without what a migration need not say. */
function written(operation: Operation): unknown {
  const entries = Object.entries(operation).map(([key, value]) => [key, shortened(value)])
  return Object.fromEntries(entries)
}

function shortened(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).map(([key, item]) => [
    key,
    key === 'columns' ? (item as unknown[]).map(shortColumn) : item,
  ])
  return Object.fromEntries(entries.filter(([key, item]) => !isUsual(key as string, item)))
}

function shortColumn(column: unknown): unknown {
  const { name, descending } = column as { name?: string; descending?: boolean }
  return descending === false ? name : column
}

function isUsual(key: string, value: unknown): boolean {
  if (key === 'constraint' || value === false || value === 'no action') return true
  return value === null && key !== 'name' && key !== 'to' && key !== 'from'
}
