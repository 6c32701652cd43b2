import { fstatSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Application } from '../application'
import type { Service } from '../program'
import type { ConsoleCommand } from './commands'
import { showError } from './inspect'
import { Lines } from './lines'
import { type Preloaded, preload, valuesByName } from './namespace'
import { Session } from './session'

/** What the console is asked to run; without `code`, its terminal or else its standard input. */
export interface ConsoleOptions {
  readonly code?: string | undefined
  /** What lines such as `.migrate` do, in the terminal, the input and the code. */
  readonly commands?: readonly ConsoleCommand[]
  /** A line for whoever sits at the terminal, looked for once the prompt is there. Never rejects. */
  readonly notice?: () => Promise<string | undefined>
}

/**
 * Opens the console on an application. When the session is over it closes the application and
 * ends the process, whatever is still open in it.
 *
 * @returns a service that a signal ends
 */
export function openConsole(app: Application, options: ConsoleOptions = {}): Service {
  const { code } = options
  const names = preload(app)
  const session = new Session({ names: valuesByName(names), root: app.config.root })
  app.queue.events.on('job.unattended', ({ name, id }) => {
    process.stderr.write(
      `No worker is running, so ${name}[${id}] stays PENDING. Start one with: npm run agenda\n`,
    )
  })
  const isTerminal = code === undefined && process.stdin.isTTY === true
  const ended = isTerminal ? terminal(app, session, names, options) : script(session, options)
  let leaving: Promise<void> | undefined
  const leave = (exitCode: number) => {
    leaving ??= end(app, session, exitCode)
    return leaving
  }
  void ended.then(leave, (error) => {
    process.stderr.write(`${showError(error)}\n`)
    return leave(1)
  })
  // A script that was told to stop did not do what it should.
  return { stop: () => leave(isTerminal ? 0 : 130) }
}

async function end(app: Application, session: Session, exitCode: number): Promise<void> {
  session.close()
  const code = (await closed(app)) ? exitCode : 1
  // What was printed to a pipe may still be on its way.
  await Promise.all([process.stdout, process.stderr].map(flushed))
  process.exit(code)
}

function flushed(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => stream.write('', () => resolve()))
}

async function terminal(
  app: Application,
  session: Session,
  names: readonly Preloaded[],
  { commands = [], notice }: ConsoleOptions,
): Promise<number> {
  const { runTerminal } = require('./terminal/repl') as typeof import('./terminal/repl')
  await runTerminal(session, {
    config: app.config,
    names,
    commands,
    notice,
    input: process.stdin,
    output: process.stdout,
  })
  return 0
}

function script(session: Session, { code, commands = [] }: ConsoleOptions): Promise<number> {
  const { runScript } = require('./script') as typeof import('./script')
  return runScript(session, {
    lines: new Lines(code === undefined ? standardInput() : [code]),
    commands,
    name: code === undefined ? 'stdin' : '-e',
    out: (text) => process.stdout.write(text),
    err: (text) => process.stderr.write(text),
  })
}

/** A file is read at once, so that every line knows the one after it; a pipe as it comes. */
function standardInput(): Iterable<string> | AsyncIterable<string> {
  return fstatSync(0).isFile() ? [readFileSync(0, 'utf8')] : process.stdin.setEncoding('utf8')
}

// A connection that does not close must not keep the user from leaving.
const longestClose = 5_000

async function closed(app: Application): Promise<boolean> {
  try {
    await Promise.race([app.close(), sleep(longestClose)])
    return true
  } catch (error) {
    process.stderr.write(`${showError(error)}\n`)
    return false
  }
}
