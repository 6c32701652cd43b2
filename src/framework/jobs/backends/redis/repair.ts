import { jobStates } from '../../results'
import type { RedisBatch } from './batch'

const atOnce = 500

/**
 * Takes in what a process that runs Agenda alone has added to the same keys, and lets go of what it
 * has removed. Costs one look when nobody has.
 */
export async function repair(batch: RedisBatch): Promise<void> {
  if ((await batch.run<number>({ do: 'isAstray' })) === 0) return
  await walk((cursor) => batch.run({ do: 'repair', cursor, limit: atOnce }))
  for (const name of await batch.run<string[]>({ do: 'names' })) {
    for (const state of jobStates)
      await walk((cursor) => batch.run({ do: 'sweep', name, state, cursor, limit: atOnce }))
  }
}

/** Forgets what has expired, a little at a time, as the server answers nobody else meanwhile. */
export async function prune(batch: RedisBatch, expires: number): Promise<void> {
  const order = { do: 'prune', expires, limit: atOnce }
  while ((await batch.run<number>(order, atOnce)) === atOnce);
}

/** Goes through a set until its cursor is back at the start. */
async function walk(step: (cursor: string) => Promise<string>): Promise<void> {
  let cursor = '0'
  do cursor = await step(cursor)
  while (cursor !== '0')
}
