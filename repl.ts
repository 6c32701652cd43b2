import { program } from 'commander'
import { runProgram } from './src/framework/program'

program
  .name('npm run repl --')
  .description(
    'Opens the console on the application: a prompt, or the code given by -e or on stdin.',
  )
  .option('-e, --eval <code>', 'run this code instead, and print its values')
  .allowExcessArguments(false)
  .parse()

void runProgram(async () => {
  // Loaded here, so that settings that cannot be used are a paragraph rather than a stack.
  const { createApp }: typeof import('./src/app') = require('./src/app')
  const {
    openConsole,
  }: typeof import('./src/framework/console') = require('./src/framework/console')
  const { upgradeInDevelopment }: typeof import('./src/framework/migrations/upgrade') =
    require('./src/framework/migrations/upgrade')
  const { advice, drift, migrationCommands }: typeof import('./src/framework/migrations/commands') =
    require('./src/framework/migrations/commands')
  const app = createApp()
  await upgradeInDevelopment(app, (line) => console.error(line), { advice })
  return openConsole(app, {
    code: program.opts<{ eval?: string }>().eval,
    commands: migrationCommands(app),
    notice: () => drift(app),
  })
})
