import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { Application } from '../../../src/framework/application'
import { defineConfig } from '../../../src/framework/config'
import { freshDatabase, skipWithout } from '../../support/servers'

/** A project of a test's own, with migrations and a database. */
export interface Folder {
  readonly app: Application
  /** Writes migrations, by their names. */
  write(files: Record<string, string>): void
  remove(name: string): void
}

/** The text of a migration, from the bodies of its functions. */
export function migration(up: string, down = ''): string {
  return `export async function up(knex: any) { ${up} }\nexport async function down(knex: any) { ${down} }\n`
}

/** One that makes a table, and drops it. @param head what stands before it */
export function makes(table: string, head = ''): string {
  const up = `await knex.schema.createTable('${table}', (t: any) => void t.increments())`
  return head + migration(up, `await knex.schema.dropTable('${table}')`)
}

/** The comment at the top of a generated migration. */
export function header(message: string, parent: string): string {
  return `/**\n * ${message}\n *\n * Date: 2026-11-25 00:00:00\n * Parent: ${parent}\n */\n`
}

/** Makes such a project for `body`, and removes it. */
export async function withFolder(
  body: (folder: Folder) => Promise<void>,
  DATABASE_URL = 'sqlite:db.sqlite3',
  NODE_ENV = 'test',
): Promise<void> {
  const root = mkdtempSync(join(tmpdir(), 'atelier-migrations-'))
  const path = (name: string) => join(root, 'migrations', `${name}.ts`)
  mkdirSync(join(root, 'migrations'))
  const app = new Application(defineConfig({ root, environment: { NODE_ENV, DATABASE_URL } }), [])
  try {
    await body({
      app,
      write: (files) => {
        for (const [name, text] of Object.entries(files)) writeFileSync(path(name), text)
      },
      remove: (name) => rmSync(path(name)),
    })
  } finally {
    await app.close()
    rmSync(root, { recursive: true })
  }
}

/** One test for each kind of database. */
export function onEach(title: string, body: (folder: Folder) => Promise<void>): void {
  test(`SQLite: ${title}`, () => withFolder(body))
  onServers(title, body)
}

/** One test for PostgreSQL and one for MariaDB, or for the one that is named. */
export function onServers(
  title: string,
  body: (folder: Folder) => Promise<void>,
  kinds: readonly ('postgres' | 'mysql')[] = ['postgres', 'mysql'],
): void {
  for (const kind of kinds) {
    const name = kind === 'postgres' ? 'PostgreSQL' : 'MariaDB'
    test(`${name}: ${title}`, { skip: skipWithout(kind) }, async () => {
      const { url, drop } = await freshDatabase(kind)
      try {
        await withFolder(body, url)
      } finally {
        await drop()
      }
    })
  }
}
