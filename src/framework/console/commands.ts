import { continues } from './lines'
import type { Outcome } from './session'

/** What a command talks with. */
export interface CommandTools {
  /** Prints a line. */
  readonly say: (line: string) => void
  /** Asks somebody, yes or no; undefined when nobody is there. */
  readonly ask: ((question: string) => Promise<boolean>) | undefined
}

/** Something that the console does at a line such as `.migrate`, which is no TypeScript. */
export interface ConsoleCommand {
  /** Without the dot. */
  readonly name: string
  /** What it does, as one line. */
  readonly help: string
  /** @param argument the rest of the line */
  run(argument: string, tools: CommandTools): Promise<void>
}

/** A command and the rest of its line. */
export interface CommandCall {
  readonly command: ConsoleCommand
  readonly argument: string
}

/**
 * The command that a whole line calls. An indented line calls none: it goes on with the one before,
 * as in a chain of calls on `db`.
 */
export function callIn(line: string, commands: readonly ConsoleCommand[]): CommandCall | undefined {
  const [, name, argument = ''] = /^\.(\w+)(?:\s+(.*?))?\s*$/.exec(line) ?? []
  const command = commands.find((one) => one.name === name)
  return command && { command, argument }
}

/** Whether a line belongs to the one before, and calls no command. */
export function goesOn(line: string | undefined, commands: readonly ConsoleCommand[]): boolean {
  return continues(line) && !callIn(line ?? '', commands)
}

/** Runs a command as a session runs a cell: it has no value, and never rejects. */
export async function runCall(
  { command, argument }: CommandCall,
  tools: CommandTools,
): Promise<Outcome> {
  try {
    await command.run(argument, tools)
    return { value: undefined, shown: false }
  } catch (error) {
    return { error }
  }
}
