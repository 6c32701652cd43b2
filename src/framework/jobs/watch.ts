import type { JobStore } from './backends/contract'
import type { Change } from './changes'

/** Rings for everybody who waits for a job, by one look at the changes for all of them. */
export class Watch {
  readonly #store: () => JobStore
  readonly #rings = new Map<string, Set<() => void>>()
  #stop: (() => void) | undefined

  constructor(store: () => JobStore) {
    this.#store = store
  }

  /** Calls `ring` after each change of the job, until the returned function is called. */
  add(id: string, ring: () => void): () => void {
    this.#stop ??= this.#store().follow((changes) => this.#ring(changes))
    const rings = this.#rings.get(id) ?? new Set()
    this.#rings.set(id, rings.add(ring))
    return () => {
      rings.delete(ring)
      if (rings.size === 0) this.#rings.delete(id)
      if (this.#rings.size === 0) this.#end()
    }
  }

  #end(): void {
    this.#stop?.()
    this.#stop = undefined
  }

  // No changes means that the store closes: whoever waits finds that out.
  #ring(changes: readonly Change[]): void {
    const ids = changes.length > 0 ? changes.map((change) => change.id) : [...this.#rings.keys()]
    for (const id of new Set(ids)) for (const ring of this.#rings.get(id) ?? []) ring()
  }
}
