/** `npm run revision`: writes a migration from the difference between models and database. */
import { createInterface } from 'node:readline/promises'
import { Option, program } from 'commander'
import type { Application } from '../src/framework'
import { runProgram } from '../src/framework/program'

interface Given {
  readonly message?: string
  readonly rename?: string[]
  readonly renames: boolean
  readonly dryRun?: boolean
  readonly strict?: boolean
  readonly force?: boolean
  readonly empty?: boolean
  readonly merge?: boolean
  readonly check?: boolean
  readonly stamp?: boolean
  readonly fromDb?: boolean
  readonly sql?: boolean
}

const several = (value: string, before: string[] = []) => [...before, value]

program
  .name('npm run revision --')
  .description('Writes a migration that makes the database hold what the models declare.')
  .option('-m, --message <message>', 'what it is for: the name of its file comes from it')
  .option('--rename <names>', 'what has another name, as in users.name:username', several)
  .option('--no-renames', 'nothing has another name: what goes is dropped')
  .option('--dry-run', 'prints the migration and writes nothing')
  .option('--strict', 'refuses what would lose values, or lacks some')
  .option('--force', 'goes on although migrations are pending')
  .option('--empty', 'writes a migration without operations, for work on rows')
  .option('--merge', 'joins migrations that were written side by side')
  .addOption(instead('--check', 'exits with 1 unless migrations, models and database agree'))
  .addOption(instead('--sql', 'prints the SQL of the pending migrations, and runs nothing'))
  .addOption(instead('--stamp', 'notes all migrations as applied, in a database that agrees'))
  .addOption(instead('--from-db', 'writes the first migration from the tables that are there'))
  .allowExcessArguments(false)
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2))
  .parse()

void runProgram(async () => {
  // Loaded here, so that settings that cannot be used are a paragraph rather than a stack.
  const { createApp }: typeof import('../src/app') = require('../src/app')
  const app = createApp()
  try {
    process.exitCode = (await run(app, program.opts<Given>())) ? 0 : 1
  } finally {
    await app.close()
  }
})

/** @returns whether all is well */
async function run(
  app: Application,
  { check, sql, stamp, fromDb, message = 'revision', ...options }: Given,
): Promise<boolean> {
  const migrations: typeof import('../src/framework/migrations') =
    require('../src/framework/migrations')
  const say = (line: string) => console.log(line)
  if (check) return migrations.check(app, say)
  if (sql) say(await migrations.pendingSql(app))
  else if (stamp) await migrations.stamp(app, say)
  else if (fromDb) await migrations.reviseFromDatabase(app, { message, ...options }, say)
  else await migrations.revise(app, { ...options, message, ask: asker() }, say)
  return true
}

/** What is done instead of writing a revision: one thing at a time. */
function instead(flag: string, description: string): Option {
  const others = ['check', 'sql', 'stamp', 'fromDb', 'merge', 'empty', 'rename']
  const option = new Option(flag, description)
  return option.conflicts(others.filter((name) => name !== option.attributeName()))
}

/** Undefined where nobody could answer. */
function asker(): ((question: string) => Promise<boolean>) | undefined {
  if (!process.stdin.isTTY || !process.stdout.isTTY) return undefined
  return async (question) => {
    const terminal = createInterface({ input: process.stdin, output: process.stdout })
    try {
      return /^y(es)?$/i.test((await terminal.question(`${question} [y/N] `)).trim())
    } finally {
      terminal.close()
    }
  }
}
