/** `npm run jobs`: looks at jobs and acts on them, whether a worker runs or not. */
import { type Command, program } from 'commander'
import type { CallOptions } from '../src/framework/commands/jobs/call'
import type { Selection } from '../src/framework/commands/jobs/selection'
import type { Command as Run } from '../src/framework/commands/run'
import * as words from '../src/framework/commands/words'
import { runProgram } from '../src/framework/program'

type Jobs = typeof import('../src/framework/commands/jobs')
type Given<T = object> = T & { json?: boolean }
type Sure = { yes?: boolean }

let chosen: ((jobs: Jobs, ...of: Parameters<Run>) => ReturnType<Run>) | undefined
let json = false

program
  .name('npm run jobs --')
  .description('Looks at the jobs of the store that AGENDA_URL names, and acts on them.')
  .addHelpText('after', '\nFor programs: npm run --silent jobs -- list --json')
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2))

command('list', 'lists jobs, the latest sent first')
  .option('--task <name>', 'only of this task')
  .option('--state <state>', 'only in this state', words.state)
  .option('--limit <count>', 'how many at most', words.count, 20)
  .option('--offset <count>', 'how many of the first to leave out', words.count, 0)
  .action((options: Given<Selection & { limit: number; offset: number }>) =>
    choose(options, (jobs, queue) => jobs.list(queue, options)),
  )

command('show <id>', 'shows all that is known of a job').action((id: string, options: Given) =>
  choose(options, (jobs, queue) => jobs.show(queue, id)),
)

const call = command('call <task> [arguments...]', 'sends a job and prints its id')
  .addHelpText(
    'after',
    `
Each argument is a JSON value, or text when it is none; the shell needs quotes round some:
  npm run jobs -- call users.divide 1 2 --wait
  npm run jobs -- call users.greet Ada '{"loud": true}' --in '5 minutes'
  npm run jobs -- call users.find '"42"'         the text 42, not the number
  npm run jobs -- call users.find -- --wait      after -- nothing is an option`,
  )
  .option('--at <time>', 'not before this time, as in 2027-01-31T08:00', words.moment)
  .option('--priority <priority>', 'a word such as high, or a whole number', words.priority)
  .option('--wait [time]', 'prints its result; waits at most so many ms', words.duration)
  .action((task: string, args: string[], options: Given<CallOptions>) =>
    choose(options, (jobs, queue, say) =>
      jobs.call(queue, [task, args.map(words.argument)], options, say),
    ),
  )
call.addOption(
  call
    .createOption('--in <time>', "after so many ms, or as in '5 minutes'")
    .argParser(words.duration)
    .conflicts('at'),
)

command('result <id>', 'waits for the end of a job and prints what it returned')
  .option('--timeout <time>', 'waits at most so many ms', words.duration)
  .action((id: string, options: Given<{ timeout?: number }>) =>
    choose(options, (jobs, queue) => jobs.result(queue, id, options)),
  )

sure('revoke <ids...>', 'keeps jobs from running')
  .option('--terminate', 'stops those that run')
  .action((ids: string[], options: Given<Sure & { terminate?: boolean }>) =>
    choose(options, (jobs, queue) => jobs.revoke(queue, ids, options)),
  )

const retry = sure('retry [ids...]', 'runs jobs that have ended again, under the same id')
  .option('--state <state>', 'all that ended in this state, instead of ids', words.endedState)
  .option('--task <name>', 'of these only those of this task')
  .action((ids: string[], options: Given<Sure & Selection>) => {
    if (ids.length > 0 === (options.state !== undefined)) {
      retry.error('error: expected ids of jobs, or --state')
    }
    choose(options, (jobs, queue) => jobs.retry(queue, ids, options))
  })

command('workers', 'lists workers and what they run now').action((options: Given) =>
  choose(options, (jobs, queue) => jobs.workers(queue)),
)

command('stats', 'counts jobs by task and state').action((options: Given) =>
  choose(options, (jobs, queue) => jobs.stats(queue)),
)

sure('purge', 'removes jobs with their results for good, but for those that run')
  .option('--task <name>', 'only of this task')
  .option('--state <state>', 'only in this state', words.state)
  .action((options: Given<Sure & Selection>) =>
    choose(options, (jobs, queue) => jobs.purge(queue, options)),
  )

program.parse()

void runProgram(async () => {
  // Loaded here, so that settings that cannot be used are a paragraph rather than a stack.
  const { createApp }: typeof import('../src/app') = require('../src/app')
  const jobs: Jobs = require('../src/framework/commands/jobs')
  const { runCommand }: typeof import('../src/framework/commands/run') =
    require('../src/framework/commands/run')
  const run: Run = (...of) => (chosen as NonNullable<typeof chosen>)(jobs, ...of)
  process.exitCode = await runCommand(createApp(), run, { json })
})

function command(usage: string, description: string): Command {
  const options = program.command(usage).description(description)
  return options.option('--json', 'prints one JSON value instead, for programs')
}

/** One that asks before it does what cannot be undone. */
function sure(usage: string, description: string): Command {
  return command(usage, description).option('--yes', 'does not ask first')
}

function choose(options: Given, run: NonNullable<typeof chosen>): void {
  chosen = run
  json = options.json === true
}
