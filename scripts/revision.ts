/** `npm run revision`: writes a migration from the difference between models and database. */
import { constants } from 'node:os'
import { createInterface } from 'node:readline'
import { Option, program } from 'commander'
import type { Application } from '../src/framework/application'
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
  readonly sql?: boolean
  readonly stamp?: boolean
  readonly fromDb?: boolean
}

/** What is done instead of a comparison: one thing at a time, with few of the options. */
const instead = ['empty', 'merge', 'check', 'sql', 'stamp', 'fromDb']
const ofComparison = ['rename', 'renames', 'strict']
const ofWriting = ['message', 'dryRun', 'force']

program
  .name('npm run revision --')
  .description('Writes a migration that makes the database hold what the models declare.')
  .option('-m, --message <message>', 'what it is for: the name of its file comes from it')
  .option('--rename <names>', 'what has another name, as in users.name:username', several)
  .option('--no-renames', 'nothing else has another name: what goes is dropped')
  .option('--dry-run', 'prints the migration and writes nothing')
  .option('--strict', 'refuses what would lose values, or lacks some')
  .option('--force', 'goes on although migrations are pending')
  .addOption(other('--empty', 'writes a migration without operations, for work on rows'))
  .addOption(other('--merge', 'joins migrations that were written side by side', ['force']))
  .addOption(other('--from-db', 'writes the first migration, of the tables that exist', ['force']))
  .addOption(
    other('--check', 'exits with 1 unless migrations, models and database agree', ofWriting),
  )
  .addOption(
    other('--sql', 'prints the SQL of the pending migrations, and runs nothing', ofWriting),
  )
  .addOption(other('--stamp', 'notes all as applied, in a database that agrees', ofWriting))
  .allowExcessArguments(false)
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2))
  .parse()

leaveOnSignal()
void runProgram(async () => {
  // Loaded here, so that settings that cannot be used are a paragraph rather than a stack.
  const { createApp }: typeof import('../src/app') = require('../src/app')
  const app = createApp()
  try {
    process.exitCode = (await run(app, program.opts())) ? 0 : 1
  } finally {
    await app.close()
  }
})

/** @returns whether all is well */
async function run(
  app: Application,
  { check, sql, stamp, fromDb, message = '', ...others }: Given,
) {
  const migrations: typeof import('../src/framework/migrations') =
    require('../src/framework/migrations')
  const options = { ...others, message }
  const say = (line: string) => console.log(line)
  if (check) return migrations.check(app, say)
  if (sql) say(await pendingSql(app))
  else if (stamp) await migrations.stamp(app, say)
  else if (fromDb) await migrations.reviseFromDatabase(app, options, say)
  else await migrations.revise(app, { ...options, ask: asker() }, say)
  return true
}

function pendingSql(app: Application): Promise<string> {
  const sql: typeof import('../src/framework/migrations/sql') =
    require('../src/framework/migrations/sql')
  return sql.pendingSql(app)
}

function several(value: string, before: string[] = []): string[] {
  return [...before, value]
}

/** @param more which options of a comparison it does not take either */
function other(flag: string, description: string, more: readonly string[] = []): Option {
  const option = new Option(flag, description)
  const others = instead.filter((name) => name !== option.attributeName())
  return option.conflicts([...others, ...ofComparison, ...more])
}

/** Undefined where nobody could answer. Standard output may be a file. */
function asker(): ((question: string) => Promise<boolean>) | undefined {
  if (!process.stdin.isTTY || !process.stderr.isTTY) return undefined
  return async (question) => {
    for (;;) {
      const answer = (await ask(`${question} [y/N] `)).trim().toLowerCase()
      if (['y', 'yes'].includes(answer)) return true
      if (['', 'n', 'no'].includes(answer)) return false
    }
  }
}

/** The line that is typed; Ctrl-C and Ctrl-D end the program. */
function ask(question: string): Promise<string> {
  const lines = createInterface({ input: process.stdin, output: process.stderr })
  let leave = () => cancel(1)
  lines.once('SIGINT', () => {
    leave = () => cancel(128 + constants.signals.SIGINT)
    lines.close()
  })
  lines.once('close', () => leave())
  return new Promise((resolve) => {
    lines.question(question, (answer) => {
      leave = () => resolve(answer)
      lines.close()
    })
  })
}

function cancel(exitCode: number): void {
  process.stderr.write('\nNothing was written.\n', () => process.exit(exitCode))
}

// Files are written whole or not at all, so there is nothing to finish.
function leaveOnSignal(): void {
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.once(name, () => process.exit(128 + constants.signals[name]))
  }
}
