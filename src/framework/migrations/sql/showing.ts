import { join } from 'node:path'
import type { Knex } from 'knex'
import { noteChecksum } from '../../database/checksums'
import { driverOf, type Recorder } from './recorder'
import type { Script } from './script'

/** A migration as its file has it. */
interface Migration {
  readonly name: string
  readonly inTransaction: boolean
  up(knex: Knex): Promise<unknown>
}

/** Writes migrations into a script, by letting them run on a Knex that records. */
export class Showing {
  readonly #recorder: Recorder
  readonly #script: Script
  readonly #folder: string
  readonly #batch: number

  constructor(
    recorder: Recorder,
    script: Script,
    { folder, batch }: { folder: string; batch: number },
  ) {
    this.#recorder = recorder
    this.#script = script
    this.#folder = folder
    this.#batch = batch
  }

  /** Writes these migrations; as Knex does, in one transaction, unless one of them wants none. */
  async all(names: readonly string[]): Promise<void> {
    const { db } = this.#recorder
    const migrations = names.map((name) => load(this.#folder, name))
    // Makes Knex's own tables.
    await db.migrate.list()
    const isOne = migrations.every(({ inTransaction }) => inTransaction)
    if (isOne) await db.transaction((trx) => this.#each(trx, migrations))
    else await this.#each(db, migrations)
  }

  /** Ends with the first that cannot be shown, since the others come after it. */
  async #each(knex: Knex, migrations: readonly Migration[]): Promise<void> {
    for (const migration of migrations) {
      const before = this.#script.length
      try {
        this.#script.comment(migration.name)
        await this.#one(knex, migration)
      } catch (error) {
        this.#script.cut(before)
        this.#script.comment(this.#excuse(migration, error))
        return
      }
    }
  }

  async #one(knex: Knex, migration: Migration): Promise<void> {
    const isNew = migration.inTransaction && !knex.isTransaction
    if (isNew) await knex.transaction((trx) => this.#perform(trx, migration))
    else await this.#perform(knex, migration)
  }

  async #perform(knex: Knex, { name, up }: Migration): Promise<void> {
    const file = `${name}.ts`
    await up(knex)
    if (this.#recorder.refusal.reason) throw new Error(this.#recorder.refusal.reason)
    await noteChecksum(knex, [{ directory: this.#folder, file }])
    const row = { name: file, batch: this.#batch, migration_time: now(knex) }
    this.#script.add(knex('knex_migrations').insert(row).toString())
  }

  #excuse({ name }: Migration, error: unknown): string {
    const why = error instanceof Error ? error.message : String(error)
    const reason = this.#recorder.refusal.reason ?? why
    return `${name} cannot be shown, nor what comes after it: ${reason.replace(/\.$/, '')}.`
  }
}

/** A file that is no migration is found out when its turn comes. */
function load(folder: string, name: string): Migration {
  try {
    const { up, down, config } = require(join(folder, `${name}.ts`))
    if (typeof up !== 'function' || typeof down !== 'function') {
      throw new Error('it must have both functions, up and down')
    }
    return { name, up, inTransaction: config?.transaction ?? true }
  } catch (error) {
    return { name, up: () => Promise.reject(error), inTransaction: true }
  }
}

/** When the script runs, as Knex would note it. */
function now(knex: Knex): Knex.Raw {
  const isSqlite = driverOf(knex) === 'better-sqlite3'
  return isSqlite ? knex.raw("strftime('%s', 'now') * 1000") : knex.fn.now()
}
