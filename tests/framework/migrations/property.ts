import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import createKnex, { type Knex } from 'knex'
import { compare } from '../../../src/framework/migrations/compare'
import { type Renames, withNewNames } from '../../../src/framework/migrations/compare/renames'
import { dialectOf } from '../../../src/framework/migrations/dialects'
import { type Operation, reversed } from '../../../src/framework/migrations/operations'
import { render } from '../../../src/framework/migrations/render'
import { completed } from '../../../src/framework/migrations/reverse'
import type { Column, Table } from '../../../src/framework/migrations/schema'
import { plainOf } from './dialects/contract'
import { schemas } from './random-schemas'

const none: Renames = { tables: [], columns: [] }

async function differences(
  db: Knex,
  declared: readonly Table[],
  renames = none,
): Promise<Operation[]> {
  const dialect = dialectOf(db)
  const all = await dialect.reflect(db)
  const found = all.filter(({ name }) => !name.startsWith('knex_'))
  const rehearsed = await dialect.rehearse(db, declared)
  return compare({ declared, rehearsed, found, renames })
}

/** A folder for migrations, from which they find the framework. */
class Folder {
  readonly #root = mkdtempSync(join(tmpdir(), 'atelier-property-'))
  #count = 0

  constructor() {
    mkdirSync(join(this.#root, 'migrations'))
    symlinkSync(join(__dirname, '../../../src'), join(this.#root, 'src'))
  }

  get options(): Knex.MigratorConfig {
    return { directory: join(this.#root, 'migrations'), loadExtensions: ['.ts'] }
  }

  /** Writes a migration, and applies it. As whoever reviews it would: rows get what they lack. */
  async migrate(db: Knex, operations: readonly Operation[]): Promise<void> {
    const text = render({
      message: 'Any change */',
      date: new Date(0),
      parents: [],
      up: completed(operations),
      down: completed(reversed(operations)),
      warnings: [],
      todos: new Map(),
      dialect: dialectOf(db).name,
    })
    this.#count += 1
    writeFileSync(join(this.#root, 'migrations', `${this.#count}_any.ts`), text)
    await db.migrate.latest(this.options)
  }

  drop(): void {
    rmSync(this.#root, { recursive: true })
  }
}

/** A value that fits into every type of the column's kind. */
function sample({ name, type }: Column, row: number): unknown {
  if (type === 'uuid') return `00000000-0000-0000-0000-00000000000${row}`
  if (type === 'json') return JSON.stringify([row])
  if (type === 'boolean') return row % 2 === 0
  if (type === 'datetime') return `2026-01-0${row} 10:00:00`
  return type.startsWith('string') || type === 'text' ? `${name} ${row}` : row
}

async function fill(db: Knex, tables: readonly Table[]): Promise<void> {
  for (const { name, columns } of tables) {
    for (const row of [1, 2]) {
      const given = columns.filter((column) => !column.name.endsWith('_id') && column.name !== 'id')
      await db(name).insert({
        id: row,
        ...Object.fromEntries(given.map((column) => [column.name, sample(column, row)])),
      })
    }
  }
}

/** Another name for each of these tables, and for each of these columns where both schemas have it. */
function renamesOf(first: readonly Table[], second: readonly Table[], names: string[]): Renames {
  const tables = first
    .filter(({ name }) => names.includes(name) && second.some((table) => table.name === name))
    .map(({ name }) => ({ from: name, to: `${name} neu` }))
  const columns = first.flatMap((table) => {
    const [other] = second.filter(({ name }) => name === table.name)
    const to = tables.find(({ from }) => from === table.name)?.to ?? table.name
    return table.columns
      .filter(({ name }) => names.includes(name) && other?.columns.some((one) => one.name === name))
      .map(({ name }) => ({ table: to, from: name, to: `${name} "neu"` }))
  })
  return { tables, columns }
}

/** The rows of what both have, so that they can be compared whatever the type. */
async function rowsOf(db: Knex, tables: readonly Table[], others: readonly Table[]) {
  const rows: Record<string, unknown[]> = {}
  for (const { name, columns } of tables) {
    const other = others.find((table) => table.name === name)
    if (!other) continue
    const shared = columns
      .map((column) => column.name)
      .filter((column) => other.columns.some((one) => one.name === column))
    rows[name] = (
      await db(name)
        .select(shared)
        .orderBy(columns[0]?.name ?? '')
    ).map((row: object) =>
      Object.values(row).map((value) =>
        value === null || Number.isNaN(Number(value)) ? JSON.stringify(value) : Number(value),
      ),
    )
  }
  return rows
}

export interface Place {
  connect(): Promise<{ config: Knex.Config; drop(): Promise<void> }>
  skip: string | false
  runs: number
}

/** From any schema to any other and back: nothing is left to do, and no row is lost. */
export function anySchemas(title: string, { connect, skip, runs }: Place): void {
  const travel = async (first: Table[], second: Table[], names: string[]) => {
    const { config, drop } = await connect()
    const db = createKnex({ ...config, log: { warn: () => {} } })
    const folder = new Folder()
    const read = async () =>
      (await dialectOf(db).reflect(db)).filter(({ name }) => !/^knex_/.test(name)).map(plainOf)
    const renames = renamesOf(first, second, names)
    const declared = withNewNames(second, renames).tables
    try {
      await folder.migrate(db, await differences(db, first))
      assert.deepEqual(await differences(db, first), [], 'silence after the first')
      await fill(db, first)
      const before = await read()
      const rows = await rowsOf(db, first, second)
      await folder.migrate(db, await differences(db, declared, renames))
      assert.deepEqual(await differences(db, declared), [], 'silence after the second')
      const now = await rowsOf(db, withNewNames(first, renames).tables, declared)
      assert.deepEqual(Object.values(now), Object.values(rows), 'rows after the second')
      await db.migrate.down(folder.options)
      assert.deepEqual(await read(), before, 'back')
      assert.deepEqual(await rowsOf(db, first, second), rows, 'rows back')
    } finally {
      folder.drop()
      await db.destroy()
      await drop()
    }
  }
  const options = { numRuns: runs, endOnFailure: Boolean(process.env.CI) }

  suite(`any schemas on ${title}`, { skip }, () => {
    test('lead to one another and back, with their rows', { timeout: 600_000 }, async () => {
      const property = fc.asyncProperty(schemas, schemas, (first, second) =>
        travel(first, second, []),
      )
      await fc.assert(property, options)
    })

    test('do so while names become others', { timeout: 600_000 }, async () => {
      const names = fc.subarray(['users', 'group', 'Old Posts', 'id', 'amount', 'Title', 'order'])
      await fc.assert(fc.asyncProperty(schemas, schemas, names, travel), options)
    })
  })
}
