import { execFile } from 'node:child_process'
import { readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { interruption } from '../jobs/interruption'
import type { Command } from '../jobs/program'

const run = promisify(execFile)
const limit = 120_000

/** Where tables are: the address as Atelier writes it. */
export type Address = string

/** A project of one of the systems that are compared, which declares some tables. */
export interface Project {
  readonly name: string
  readonly folder: string
  /** The file of its models, from its folder. */
  readonly models: string
  /** What begins a comment in them. */
  readonly comment: string
  /** The folder of its migrations, from its folder. */
  readonly migrations: string
  /** The ending of a migration. */
  readonly ending: string
  /** The text of models: `tables` of them, the last with a column more when `more` says so. */
  modelsOf(tables: number, more: boolean): string
  /** The same address as its own settings write it. */
  addressOf(address: Address): string
  /** The command that compares models and database, and writes a migration. */
  readonly revise: Command
  /** The command that applies the migrations. */
  readonly apply: Command
}

/** Writes the models of a project. @param edits how often before: so their text is always new */
export function declare(project: Project, tables: number, more = false, edits = 0): void {
  const { folder, models, comment, modelsOf } = project
  writeFileSync(join(folder, models), `${comment}${'.'.repeat(edits)}\n${modelsOf(tables, more)}`)
}

/** Runs a command of a project to its end. @returns what it said, and the milliseconds it took */
export async function perform(
  { folder, addressOf }: Project,
  { program, args, env }: Command,
  address: Address,
): Promise<{ said: string; time: number }> {
  const began = performance.now()
  const { stdout, stderr } = await run(program, args, {
    cwd: folder,
    env: { ...process.env, ...env, DATABASE_URL: addressOf(address) },
    maxBuffer: 100_000_000,
    signal: interruption,
    timeout: limit,
  })
  return { said: stdout + stderr, time: performance.now() - began }
}

/** The files of the migrations that a project has, as absolute paths. */
export function migrationsOf({ folder, migrations, ending }: Project): string[] {
  const all = readdirSync(join(folder, migrations))
  return all.filter((file) => file.endsWith(ending)).map((file) => join(folder, migrations, file))
}

/** Removes the migrations of a project, but for those that are to be kept. */
export function removeMigrations(project: Project, kept: readonly string[] = []): void {
  for (const file of migrationsOf(project)) if (!kept.includes(file)) rmSync(file)
}
