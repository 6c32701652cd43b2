/**
 * Every error that Atelier itself raises. Each class has a stable `code`, builds its own sentence
 * (what was expected, what was seen) and a `hint` that says what to do next.
 */
export class AtelierError extends Error {
  /** Stable, upper-case identifier: the one thing a program may compare. */
  readonly code: string
  /** What to do next, as one sentence. Empty when the message already says it. */
  readonly hint: string

  constructor(code: string, message: string, hint = '', options?: ErrorOptions) {
    super(message, options)
    this.code = code
    this.hint = hint
    this.name = new.target.name
  }

  /** The message and the hint as one paragraph: what a program prints before it ends. */
  get paragraph(): string {
    if (!this.hint) return this.message
    return this.message + (this.message.includes('\n') ? '\n' : ' ') + this.hint
  }
}

/**
 * Something around the program is wrong, not its code: where it was noticed helps nobody, so the
 * stack is the paragraph, and other programs that print it, such as Knex's, print just that.
 */
export class SurroundingsError extends AtelierError {
  constructor(code: string, message: string, hint = '', options?: ErrorOptions) {
    super(code, message, hint, options)
    this.stack = `${this.name}: ${this.paragraph}`
  }
}
