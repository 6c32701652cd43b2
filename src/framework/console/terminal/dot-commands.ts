import type { REPLServer } from 'node:repl'
import { AtelierError, CellInterruptedError } from '../../errors'
import { type CommandCall, type ConsoleCommand, runCall } from '../commands'
import type { Outcome } from '../session'
import type { Keys } from './keys'
import type { Screen } from './screen'

/** The console's commands as those of Node's line editor, which lists them at `.help`. */
export class DotCommands {
  readonly #server: REPLServer
  readonly #keys: Keys
  readonly #screen: Screen
  readonly #text: (error: unknown) => string
  readonly #own: Readonly<Record<string, unknown>>

  /** @param text how an error is shown that is none of ours */
  constructor(
    { server, keys, screen }: { server: REPLServer; keys: Keys; screen: Screen },
    commands: readonly ConsoleCommand[],
    text: (error: unknown) => string,
  ) {
    this.#server = server
    this.#keys = keys
    this.#screen = screen
    this.#text = text
    for (const command of commands) {
      const action = (argument: string) => void this.#run({ command, argument })
      server.defineCommand(command.name, { help: command.help, action })
    }
    this.#own = Object.fromEntries(commands.map(({ name }) => [name, server.commands[name]]))
    const clear = server.clearBufferedCommand.bind(server)
    server.clearBufferedCommand = () => {
      Object.assign(server.commands, this.#own)
      clear()
    }
  }

  /** Until the cell that is being typed has run or is given up, its lines may begin with a dot. */
  rest(): void {
    for (const name of Object.keys(this.#own)) Reflect.deleteProperty(this.#server.commands, name)
  }

  async #run(call: CommandCall): Promise<void> {
    const interrupted = new Promise<Outcome>((resolve) => {
      this.#keys.hold(() => resolve({ error: new CellInterruptedError() }))
    })
    let isWaitedFor = true
    const ended = runCall(call, {
      say: (line) => this.#screen.say(line),
      ask: async (question) => isWaitedFor && this.#screen.ask(question),
    })
    const outcome = await Promise.race([ended, interrupted])
    isWaitedFor = false
    if ('error' in outcome) this.#screen.say(this.#paragraph(outcome.error))
    this.#server.displayPrompt()
    this.#keys.release()
    const last = await ended
    if (last === outcome || !('error' in last)) return
    this.#screen.say(`In the background: ${this.#paragraph(last.error)}`)
  }

  #paragraph(error: unknown): string {
    return error instanceof AtelierError ? error.paragraph : this.#text(error)
  }
}
