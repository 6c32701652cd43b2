/** Whether one thing that an application needs answers. */
export interface PartHealth {
  readonly ok: boolean
  /** How long it took to answer, or until it was given up, in ms. */
  readonly took: number
  /** Why not, in a sentence. */
  readonly error?: string
}

/** Whether an application can do its work. */
export interface Health {
  /** Whether every part answers. */
  readonly ok: boolean
  readonly database: PartHealth
  readonly jobs: PartHealth
}

const patience = 1_000

/** Asks the parts, for at most a second. */
export async function readHealth(
  database: () => Promise<unknown>,
  jobs: () => Promise<unknown>,
): Promise<Health> {
  const [first, second] = await Promise.all([examine(database), examine(jobs)])
  return { ok: first.ok && second.ok, database: first, jobs: second }
}

async function examine(ask: () => Promise<unknown>): Promise<PartHealth> {
  const began = performance.now()
  const took = () => Math.round(performance.now() - began)
  try {
    await within(ask())
    return { ok: true, took: took() }
  } catch (error) {
    return { ok: false, took: took(), error: (error as Error).message }
  }
}

async function within(answer: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`No answer within ${patience} ms.`)), patience)
  })
  try {
    await Promise.race([answer, late])
  } finally {
    clearTimeout(timer)
  }
}
