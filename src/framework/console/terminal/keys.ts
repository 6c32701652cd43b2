import type { Key } from 'node:readline'
import type { REPLServer } from 'node:repl'

type Press = [text: string | undefined, key: Key]

// readline's own handler of a key press. Node's REPL replaces it in the same way.
interface Typist {
  _ttyWrite(text: string | undefined, key: Key | undefined): void
}

/**
 * The keys of a terminal. While a cell runs they wait, so that typed-ahead and pasted lines run
 * one after another; Ctrl-C does not wait.
 */
export class Keys {
  readonly #waiting: Press[] = []
  readonly #write: Typist['_ttyWrite']
  #held = false

  /** @param interrupt what Ctrl-C does while a cell runs */
  constructor(server: REPLServer, interrupt: () => void) {
    const typist = server as unknown as Typist
    this.#write = typist._ttyWrite.bind(server)
    typist._ttyWrite = (text, key) => {
      if (!key) return this.#write(text, key)
      if (this.#held && key.ctrl && key.name === 'c') {
        this.#waiting.length = 0
        return interrupt()
      }
      // A paste arrives as many keys at once: they are all seen before the first one counts.
      if (this.#waiting.push([text, key]) === 1) process.nextTick(() => this.#type())
    }
  }

  /** Whether keys wait, because a cell runs. */
  get held(): boolean {
    return this.#held
  }

  /** From now on keys wait. */
  hold(): void {
    this.#held = true
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
