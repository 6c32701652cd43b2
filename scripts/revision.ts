/** `npm run revision`: writes a migration from the difference between models and database. */
import { createInterface } from 'node:readline/promises'
import { program } from 'commander'
import { runProgram } from '../src/framework/program'

interface Given {
  readonly message?: string
  readonly rename?: string[]
  readonly renames: boolean
  readonly dryRun?: boolean
  readonly strict?: boolean
  readonly force?: boolean
  readonly empty?: boolean
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
  .allowExcessArguments(false)
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2))
  .parse()

void runProgram(async () => {
  // Loaded here, so that settings that cannot be used are a paragraph rather than a stack.
  const { createApp }: typeof import('../src/app') = require('../src/app')
  const { revise }: typeof import('../src/framework/migrations/revision') =
    require('../src/framework/migrations/revision')
  const { message = 'revision', ...options } = program.opts<Given>()
  const app = createApp()
  try {
    await revise(app, { ...options, message, ask: asker() }, (line) => console.log(line))
  } finally {
    await app.close()
  }
})

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
