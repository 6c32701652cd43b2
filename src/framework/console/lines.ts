/** Lines of a text that arrives in chunks. */
export class Lines {
  readonly #chunks: AsyncIterator<string>
  readonly #arrived: string[] = []
  #rest = ''
  #ended = false

  constructor(chunks: AsyncIterable<string> | Iterable<string>) {
    this.#chunks = each(chunks)
  }

  /** The next line, or undefined at the end. Waits for it. */
  async next(): Promise<string | undefined> {
    while (this.#arrived.length === 0 && !this.#ended) await this.#read()
    return this.#arrived.shift()
  }

  /** The next line that says something, if it is there already. Does not wait. */
  upcoming(): string | undefined {
    return this.#arrived.find((line) => !isBlank(line))
  }

  async #read(): Promise<void> {
    const { done, value = '' } = await this.#chunks.next()
    const lines = (this.#rest + value).split(/\r?\n/)
    this.#rest = done ? '' : (lines.pop() ?? '')
    this.#ended = done === true
    // After the last line break there is no line.
    if (this.#ended && lines.at(-1) === '') lines.pop()
    this.#arrived.push(...lines)
  }
}

async function* each(chunks: AsyncIterable<string> | Iterable<string>): AsyncGenerator<string> {
  yield* chunks
}

/** Whether a line says nothing: empty, or only a comment. */
export function isBlank(line: string): boolean {
  return /^\s*(\/\/.*)?$/.test(line)
}

const goesOn =
  /^\s*(\?\.|\.(?![\d.])|\?|:|&&|\|\|?|\*|%|=|,|\^|>|[)\]}]|(else|catch|finally|instanceof|in|as|satisfies)\b)/

/**
 * Whether a line cannot begin anything, so that it belongs to the one before, which may look
 * complete: `.where(…)` after `User.query()`, `else` after a block.
 */
export function continues(line: string | undefined): boolean {
  return line !== undefined && goesOn.test(line)
}
