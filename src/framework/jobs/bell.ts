/** Remembers that it was rung until somebody has waited for it, so that no ring is missed. */
export class Bell {
  #rung = false
  #wake = (): void => {}

  ring = (): void => {
    this.#rung = true
    this.#wake()
  }

  /** Resolves at the next ring, or at once when there was one, and after `atMost` ms at the latest. */
  async heard(atMost: number): Promise<void> {
    if (!this.#rung) await this.#next(atMost)
    this.#rung = false
  }

  #next(atMost: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, atMost)
      this.#wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }
}
