import { clearScreenDown, cursorTo } from 'node:readline'
import { type REPLEval, type REPLServer, Recoverable, start } from 'node:repl'
import type { WriteStream } from 'node:tty'
import type { Config } from '../../config'
import { CellSyntaxError } from '../../errors'
import { complete } from '../complete'
import { GrowingInput } from '../growth'
import { type Look, showError, showValue } from '../inspect'
import { continues } from '../lines'
import type { Preloaded } from '../namespace'
import type { Session } from '../session'
import { banner, describeNames } from './banner'
import { keepHistory } from './history'
import { Keys } from './keys'

/** What the terminal front end shows and where. */
export interface TerminalOptions {
  readonly config: Config
  readonly names: readonly Preloaded[]
  readonly input: NodeJS.ReadStream
  readonly output: WriteStream
}

/** The front end for a terminal, on Node's line editor. Resolves when the user leaves. */
export function runTerminal(
  session: Session,
  { config, names, input, output }: TerminalOptions,
): Promise<void> {
  const look = (): Look => ({ colors: output.hasColors(), columns: output.columns })
  output.write(`${banner(config, names, output.columns)}\n`)
  const server = start({
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
  const keys = new Keys(server, () => session.interrupt())
  const text = (error: unknown) => errorText(error, look())
  // Assigned, not passed: what is passed runs inside a domain, which would follow every promise.
  Object.assign(server, { eval: evaluateWith(session, server, keys, text) })
  keepHistory(server, config.root)
  addCommands(server, names)
  session.on('stray', (error) => interject(server, keys, `In the background: ${text(error)}\n`))
  return new Promise((resolve) => server.once('exit', resolve))
}

/** A cell runs once it is complete; until then the line editor asks for more lines. */
function evaluateWith(
  session: Session,
  server: REPLServer,
  keys: Keys,
  text: (error: unknown) => string,
): REPLEval {
  const growing = new GrowingInput()
  return (source, _context, _file, done) => {
    if (source.trim() === '') return done(null, undefined)
    if (continues(keys.nextLine()) || growing.completeness(source) === 'incomplete') {
      return done(new Recoverable(new SyntaxError('more')), undefined)
    }
    keys.hold()
    void session.run(source).then((outcome) => {
      const failed = 'error' in outcome
      if (failed) server.output.write(`${text(outcome.error)}\n`)
      done(null, failed ? undefined : outcome.value)
      keys.release()
    })
  }
}

function errorText(error: unknown, look: Look): string {
  const place = error instanceof CellSyntaxError && error.line > 1 ? ` (line ${error.line})` : ''
  return showError(error, look) + place
}

/** Says something above the prompt, and leaves what is being typed as it is. */
function interject(server: REPLServer, keys: Keys, text: string): void {
  if (keys.held) return void server.output.write(text)
  cursorTo(server.output, 0)
  clearScreenDown(server.output)
  server.output.write(text)
  server.displayPrompt(true)
}

function addCommands(server: REPLServer, names: readonly Preloaded[]): void {
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
