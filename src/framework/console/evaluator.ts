import { Session as Inspector, type Runtime } from 'node:inspector'

/** How one evaluation ended. */
export type Completion =
  | { readonly value: unknown }
  | { readonly thrown: unknown }
  /** V8 did not accept the code. Line and column count from 1 in it. */
  | { readonly refused: string; readonly line: number; readonly column: number }

type Evaluation = Runtime.EvaluateParameterType & { readonly replMode?: boolean }

// Looking must stay cheap, or the prompt would freeze.
const longestLook = 100

/** Evaluates code in this process's own global scope, by V8's REPL mode. */
export class Evaluator {
  readonly #inspector = new Inspector()
  readonly #holder: { value?: unknown } = {}
  readonly #holderId: string
  #counted = 0

  constructor() {
    this.#inspector.connect()
    this.#holderId = this.#reach(this.#holder)
  }

  /**
   * Runs one cell; its `let` and classes last, and may be declared again by the next one.
   *
   * @returns the value of its last expression, not awaited, once every `await` in it has settled
   */
  evaluate(code: string): Promise<Completion> {
    const objectGroup = `cell-${++this.#counted}`
    const params: Evaluation = { expression: code, replMode: true, awaitPromise: true, objectGroup }
    return new Promise((resolve, reject) => {
      this.#inspector.post('Runtime.evaluate', params, (error, answer) => {
        if (error) return reject(error)
        resolve(this.#complete(answer))
        this.#release(objectGroup)
      })
    })
  }

  /** The value of an expression if it is to be had without side effects, else undefined. */
  look(expression: string): unknown {
    const objectGroup = 'look'
    const limits = { throwOnSideEffect: true, timeout: longestLook, silent: true }
    const params: Evaluation = { expression, objectGroup, ...limits }
    let value: unknown
    this.#inspector.post('Runtime.evaluate', params, (error, answer) => {
      if (!error && !answer.exceptionDetails) value = this.#fetch(answer.result)
    })
    this.#release(objectGroup)
    return value
  }

  /** The names that cells declared by `let`, `const` and `class`. */
  names(): string[] {
    let names: string[] = []
    this.#inspector.post('Runtime.globalLexicalScopeNames', {}, (error, answer) => {
      if (!error) names = [...new Set(answer.names)]
    })
    return names
  }

  close(): void {
    this.#inspector.disconnect()
  }

  #complete({ result, exceptionDetails: details }: Runtime.EvaluateReturnType): Completion {
    if (!details) return { value: this.#fetch(result) }
    const thrown = details.exception ? this.#fetch(details.exception) : new Error(details.text)
    // Only code that did not compile has a script of its own here.
    const compiled = details.scriptId === undefined || !(thrown instanceof SyntaxError)
    if (compiled) return { thrown }
    return {
      refused: thrown.message,
      line: details.lineNumber + 1,
      column: details.columnNumber + 1,
    }
  }

  /** The value itself, which the inspector's protocol only describes. */
  #fetch(remote: Runtime.RemoteObject): unknown {
    const { objectId, unserializableValue: text } = remote
    if (objectId) return this.#take(objectId)
    if (text === undefined) return remote.value
    return text.endsWith('n') ? BigInt(text.slice(0, -1)) : Number(text)
  }

  /** The protocol hands the object to a function, which puts it where we can see it. */
  #take(objectId: string): unknown {
    const put = 'function (value) { this.value = value }'
    const params = { objectId: this.#holderId, functionDeclaration: put, arguments: [{ objectId }] }
    this.#inspector.post('Runtime.callFunctionOn', params)
    const { value } = this.#holder
    delete this.#holder.value
    return value
  }

  /** The protocol's name for one of our own objects. */
  #reach(object: object): string {
    const key = '__atelierHolder'
    Object.defineProperty(globalThis, key, { value: object, configurable: true })
    let id = ''
    this.#inspector.post(
      'Runtime.evaluate',
      { expression: key, objectGroup: 'holder' },
      (_, answer) => {
        id = answer.result.objectId ?? ''
      },
    )
    Reflect.deleteProperty(globalThis, key)
    return id
  }

  // Results and logged values would stay alive for as long as the inspector remembers them.
  #release(objectGroup: string): void {
    this.#inspector.post('Runtime.releaseObjectGroup', { objectGroup })
    this.#inspector.post('Runtime.discardConsoleEntries')
  }
}
