/** `npm run db`: shows which migrations the database has, applies more, and undoes them. */
import { InvalidArgumentError, program } from 'commander'
import type { Application } from '../src/framework/application'
import { runProgram } from '../src/framework/program'

type Commands = typeof import('../src/framework/migrations/db')
type Run = (commands: Commands, app: Application, say: (line: string) => void) => Promise<void>

let chosen: Run | undefined

program
  .name('npm run db --')
  .description('Shows, applies and undoes the migrations of the database that DATABASE_URL names.')
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2))

program
  .command('current')
  .description('shows the newest migration that is applied')
  .allowExcessArguments(false)
  .action(() => choose(({ current }, app, say) => current(app, say)))

program
  .command('history')
  .description('lists all migrations, the oldest first')
  .allowExcessArguments(false)
  .action(() => choose(({ history }, app, say) => history(app, say)))

program
  .command('upgrade')
  .description('applies the migrations that are pending')
  .argument('[count]', 'only so many, the oldest first', positive)
  .option('--force', 'although their order is wrong')
  .allowExcessArguments(false)
  .action((count: number | undefined, options: { force?: boolean }) =>
    choose(({ upgrade }, app, say) => upgrade(app, { ...options, count }, say)),
  )

program
  .command('downgrade')
  .description('undoes the newest migration')
  .argument('[count]', 'so many, the newest first', positive, 1)
  .allowExcessArguments(false)
  .action((count: number) => choose(({ downgrade }, app, say) => downgrade(app, count, say)))

program.parse()

void runProgram(async () => {
  // Loaded here, so that settings that cannot be used are a paragraph rather than a stack.
  const { createApp }: typeof import('../src/app') = require('../src/app')
  const commands: Commands = require('../src/framework/migrations/db')
  const app = createApp()
  try {
    await chosen?.(commands, app, (line) => console.log(line))
  } finally {
    await app.close()
  }
})

function choose(run: Run): void {
  chosen = run
}

function positive(word: string): number {
  if (/^[1-9]\d{0,8}$/.test(word)) return Number(word)
  throw new InvalidArgumentError('Expected a whole number, 1 or more.')
}
