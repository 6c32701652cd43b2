import { InvalidArgumentError, program } from 'commander'
import { runProgram } from './framework/program'

program
  .name('npm run agenda --')
  .description('Runs jobs, until it is stopped by Ctrl-C or SIGTERM.')
  .option('--processes <count>', 'run them in this many processes', count)
  .addOption(
    program.createOption('--member <number>', 'of several processes').argParser(count).hideHelp(),
  )
  .allowExcessArguments(false)
  .parse()

void runProgram(async () => {
  const { processes, member } = program.opts<{ processes?: number; member?: number }>()
  const say = (line: string) => console.log(line)
  if (processes) {
    const { workerProcesses }: typeof import('./framework/worker/processes') =
      require('./framework/worker/processes')
    return workerProcesses(__filename, processes, say)
  }
  // Loaded here, so that a setting that is not usable ends the program with its sentence.
  const { createApp }: typeof import('./app') = require('./app')
  const {
    workerService,
  }: typeof import('./framework/worker/service') = require('./framework/worker/service')
  return workerService(createApp(), say, member)
})

function count(text: string): number {
  if (/^[1-9]\d{0,2}$/.test(text)) return Number(text)
  throw new InvalidArgumentError('Expected a number from 1 to 999.')
}
