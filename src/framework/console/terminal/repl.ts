import { type REPLEval, type REPLServer, Recoverable, start } from 'node:repl'
import type { WriteStream } from 'node:tty'
import type { Config } from '../../config'
import { CellSyntaxError } from '../../errors'
import { type ConsoleCommand, goesOn } from '../commands'
import { complete } from '../complete'
import { GrowingInput } from '../growth'
import { type Look, showError, showValue } from '../inspect'
import type { Preloaded } from '../namespace'
import type { Session } from '../session'
import { banner, describeNames } from './banner'
import { DotCommands } from './dot-commands'
import { keepHistory } from './history'
import { Keys } from './keys'
import { Screen } from './screen'

/** What the terminal front end shows and where. */
export interface TerminalOptions {
  readonly config: Config
  readonly names: readonly Preloaded[]
  readonly commands: readonly ConsoleCommand[]
  readonly notice?: (() => Promise<string | undefined>) | undefined
  readonly input: NodeJS.ReadStream
  readonly output: WriteStream
}

/** The front end for a terminal, on Node's line editor. Resolves when the user leaves. */
export function runTerminal(session: Session, options: TerminalOptions): Promise<void> {
  const { config, names, commands, notice, output } = options
  const look = (): Look => ({ colors: output.hasColors(), columns: output.columns })
  const text = (error: unknown) => errorText(error, look())
  output.write(`${banner(config, names, output.columns)}\n`)
  const server = startEditor(session, options, look)
  const keys = new Keys(server)
  const screen = new Screen(server, keys)
  addNames(server, names)
  const dots = new DotCommands({ server, keys, screen }, commands, text)
  // Assigned, not passed: what is passed runs inside a domain, which would follow every promise.
  const evaluate = evaluateWith({ session, keys, dots, commands }, (error) =>
    screen.say(text(error)),
  )
  Object.assign(server, { eval: evaluate })
  keepHistory(server, config.root)
  session.on('stray', (error) => screen.say(`In the background: ${text(error)}`))
  void notice?.().then((line) => line && screen.say(line))
  return new Promise((resolve) => server.once('exit', resolve))
}

function startEditor(
  session: Session,
  { input, output }: Pick<TerminalOptions, 'input' | 'output'>,
  look: () => Look,
): REPLServer {
  return start({
    prompt: '> ',
    input,
    output,
    useGlobal: false,
    ignoreUndefined: true,
    preview: false,
    writer: (value) => showValue(value, look()),
    completer: (line: string) => {
      const { hits, prefix } = complete(session, line)
      return [hits, prefix]
    },
  })
}

interface Parts {
  readonly session: Session
  readonly keys: Keys
  readonly dots: DotCommands
  readonly commands: readonly ConsoleCommand[]
}

/** A cell runs once it is complete; until then the line editor asks for more lines. */
function evaluateWith(
  { session, keys, dots, commands }: Parts,
  failed: (error: unknown) => void,
): REPLEval {
  const growing = new GrowingInput()
  return (source, _context, _file, done) => {
    if (source.trim() === '') return done(null, undefined)
    if (goesOn(keys.nextLine(), commands) || growing.completeness(source) === 'incomplete') {
      dots.rest()
      return done(new Recoverable(new SyntaxError('more')), undefined)
    }
    keys.hold(() => session.interrupt())
    void session.run(source).then((outcome) => {
      if ('error' in outcome) failed(outcome.error)
      done(null, 'error' in outcome ? undefined : outcome.value)
      keys.release()
    })
  }
}

function errorText(error: unknown, look: Look): string {
  const place = error instanceof CellSyntaxError && error.line > 1 ? ` (line ${error.line})` : ''
  return showError(error, look) + place
}

function addNames(server: REPLServer, names: readonly Preloaded[]): void {
  server.defineCommand('names', {
    help: 'List the names that are loaded',
    action() {
      this.output.write(`${describeNames(names)}\n`)
      this.displayPrompt()
    },
  })
  // Node's own would empty a context that nothing here lives in.
  Reflect.deleteProperty(server.commands, 'clear')
}
