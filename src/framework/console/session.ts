import { EventEmitter } from 'node:events'
import { CellInterruptedError, CellSyntaxError } from '../errors'
import { compile } from './compile'
import { Evaluator } from './evaluator'
import { defineGlobals, setGlobal } from './globals'
import { createHost, hostName } from './host'
import type { Declared } from './lasting'
import { createLoader } from './loader'
import {
  type CellMap,
  forgetScript,
  mapStacks,
  nameScript,
  type Origin,
  original,
} from './positions'

/** How a cell ended. `shown` is false when its value is nothing to show: undefined. */
export type Outcome =
  | { readonly value: unknown; readonly shown: boolean }
  | { readonly error: unknown }

/** What a session needs: the names that its cells find, and the project's folder. */
export interface SessionOptions {
  readonly names: Readonly<Record<string, unknown>>
  readonly root: string
}

/** What happens in a session beside its outcomes. */
export interface SessionEvents {
  /** Something that a cell started failed later, with nobody there to catch it. */
  stray: [error: unknown]
}

/**
 * The engine of the console: takes cells of TypeScript, one after another, and gives outcomes. It
 * knows no terminal. Names are global to the process, so there is one session at a time; what cells
 * declare stays until the process ends.
 */
export class Session extends EventEmitter<SessionEvents> {
  readonly #evaluator = new Evaluator()
  readonly #constants = new Set<string>()
  readonly #scripts: string[] = []
  readonly #undo: readonly (() => void)[]
  #last: Promise<unknown> = Promise.resolve()
  #stop: (() => void) | undefined

  constructor({ names, root }: SessionOptions) {
    super()
    const loader = createLoader(root)
    const host = createHost(loader.import, loader.meta)
    const globals = {
      ...names,
      require: loader.require,
      _: undefined,
      _error: undefined,
      [hostName]: host,
    }
    this.#undo = [mapStacks(), defineGlobals(globals), this.#catchStrays()]
  }

  /**
   * Runs a cell when all earlier ones have settled. A promise or a query as its last value is
   * awaited. Never rejects.
   *
   * @param origin what stack frames call the cell, and the line that it begins on
   */
  run(source: string, origin: Origin = { file: 'cell', line: 1 }): Promise<Outcome> {
    const outcome = this.#last.then(() => this.#runNow(source, origin))
    this.#last = outcome
    return outcome
  }

  /** Stops waiting for the cell that runs; what it started goes on by itself. */
  interrupt(): void {
    this.#stop?.()
  }

  /** The names that cells have declared. */
  declaredNames(): string[] {
    return this.#evaluator.names()
  }

  /** The value of an expression if it is to be had without side effects, else undefined. */
  look(expression: string): unknown {
    return this.#evaluator.look(expression)
  }

  /** Removes the session's names. Safe to call twice. */
  close(): void {
    this.interrupt()
    this.#evaluator.close()
    for (const undo of this.#undo) undo()
    for (const script of this.#scripts.splice(0)) forgetScript(script)
  }

  async #runNow(source: string, origin: Origin): Promise<Outcome> {
    const interrupted = new Promise<Outcome>((resolve) => {
      this.#stop = () => resolve({ error: new CellInterruptedError() })
    })
    const outcome = await Promise.race([this.#evaluate(source, origin), interrupted])
    this.#stop = undefined
    if ('error' in outcome) setGlobal('_error', outcome.error)
    else if (outcome.shown) setGlobal('_', outcome.value)
    return outcome
  }

  async #evaluate(source: string, origin: Origin): Promise<Outcome> {
    try {
      const { code, map, declared } = compile(source, origin, this.#constants)
      const completion = await this.#evaluator.evaluate(`${code}\n//# sourceURL=${this.#name(map)}`)
      this.#remember(declared)
      if ('thrown' in completion) return { error: completion.thrown }
      if ('refused' in completion) throw refusal(completion, map)
      const value = isThenable(completion.value) ? await completion.value : completion.value
      return { value, shown: value !== undefined }
    } catch (error) {
      return { error }
    }
  }

  /** A constant whose cell failed before it had a value is none. */
  #remember({ constants, variables }: Declared): void {
    const ready = constants.filter((name) => this.look(`typeof ${name}`) !== undefined)
    for (const name of ready) this.#constants.add(name)
    for (const name of variables) this.#constants.delete(name)
  }

  #name(map: CellMap): string {
    const script = nameScript(map)
    this.#scripts.push(script)
    return script
  }

  #catchStrays(): () => void {
    const stray = (error: unknown) => this.emit('stray', error)
    process.on('unhandledRejection', stray).on('uncaughtException', stray)
    return () => process.off('unhandledRejection', stray).off('uncaughtException', stray)
  }
}

function refusal(
  completion: { refused: string; line: number; column: number },
  map: CellMap,
): CellSyntaxError {
  return new CellSyntaxError(original(map, completion).line, `${completion.refused}.`)
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  try {
    const isObject = (typeof value === 'object' && value !== null) || typeof value === 'function'
    return isObject && typeof (value as PromiseLike<unknown>).then === 'function'
  } catch {
    return false
  }
}
