import { constants } from 'node:os'
import type { Application } from '../application'
import type { Queue } from '../jobs'
import type { Answer } from './answer'

/** What a command does. @param say prints one line for people, apart from its answer */
export type Command = (queue: Queue, say: (line: string) => void) => Promise<Answer>

/**
 * Runs a command on the jobs of an application, prints its answer on standard output, and closes
 * the application.
 *
 * @param options.json whether the answer is printed as one line of JSON
 * @returns the exit code: 1 when something was refused
 * @throws whatever the command throws
 */
export async function runCommand(
  app: Application,
  command: Command,
  { json = false }: { json?: boolean } = {},
): Promise<number> {
  const say = (line: string) => void process.stderr.write(`${line}\n`)
  leaveOnSignal()
  app.queue.events.on('job.unattended', () => {
    say('No worker is running. Start one with: npm run agenda')
  })
  try {
    const answer = await command(app.queue, say)
    process.stdout.write(`${json ? JSON.stringify(answer.json ?? null) : fitted(answer)}\n`)
    return answer.refused ? 1 : 0
  } finally {
    await app.close()
  }
}

function fitted(answer: Answer): string {
  const { isTTY, columns } = process.stdout
  return answer.text(isTTY && columns > 0 ? columns : Number.POSITIVE_INFINITY)
}

// A command that waits for a result has nothing to finish.
function leaveOnSignal(): void {
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.once(name, () => process.exit(128 + constants.signals[name]))
  }
}
