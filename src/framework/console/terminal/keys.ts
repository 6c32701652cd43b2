import type { Key } from 'node:readline'
import type { REPLServer } from 'node:repl'

type Press = [text: string | undefined, key: Key]

/** Takes one key: what it types, and which one it is. */
export type KeyReader = (...press: Press) => void

// readline's own handler of a key press. Node's REPL replaces it in the same way.
interface Typist {
  _ttyWrite(text: string | undefined, key: Key | undefined): void
}

/**
 * The keys of a terminal. While a cell or a command runs they wait, so that typed-ahead and pasted
 * lines run one after another; Ctrl-C does not wait, nor does the answer to a question.
 */
export class Keys {
  readonly #waiting: Press[] = []
  readonly #write: Typist['_ttyWrite']
  #held = false
  #interrupt = (): void => {}
  #reader: KeyReader | undefined

  constructor(server: REPLServer) {
    const typist = server as unknown as Typist
    this.#write = typist._ttyWrite.bind(server)
    typist._ttyWrite = (text, key) => {
      if (!key) return this.#write(text, key)
      if (this.#reader) return this.#reader(text, key)
      if (this.#held && key.ctrl && key.name === 'c') {
        this.#waiting.length = 0
        return this.#interrupt()
      }
      // A paste arrives as many keys at once: they are all seen before the first one counts.
      if (this.#waiting.push([text, key]) === 1) process.nextTick(() => this.#type())
    }
  }

  /** Whether keys wait. */
  get held(): boolean {
    return this.#held
  }

  /** From now on keys wait. @param interrupt what Ctrl-C does meanwhile */
  hold(interrupt: () => void): void {
    this.#held = true
    this.#interrupt = interrupt
  }

  /** From now on a reader has the keys, also Ctrl-C, or again nobody. Those that wait go on waiting. */
  giveTo(reader: KeyReader | undefined): void {
    this.#reader = reader
  }

  /** The keys that waited are typed now. */
  release(): void {
    this.#held = false
    this.#type()
  }

  /** The line that follows, when it was pasted together with the one before. */
  nextLine(): string | undefined {
    if (this.#waiting.length === 0) return undefined
    const end = this.#waiting.findIndex(([, { name }]) => name === 'return' || name === 'enter')
    const line = end < 0 ? this.#waiting : this.#waiting.slice(0, end)
    return line.map(([text]) => text).join('')
  }

  #type(): void {
    while (!this.#held) {
      const press = this.#waiting.shift()
      if (!press) return
      this.#write(...press)
    }
  }
}
