import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { heedInterruption, interruption } from './jobs/interruption'
import { measures } from './jobs/measures'
import { compare } from './jobs/report'
import { systems } from './jobs/systems'

/**
 * Jobs in the embedded store beside two peers with Redis, in one run on one machine. The server
 * is taken as it is set up: it may keep all in memory, while the embedded store commits to a file.
 *
 * BENCH_SOAK=1000000 is the long try of the memory, BENCH_SCALE=0.02 a quick one of everything.
 */
export async function jobs(): Promise<void> {
  const heedNoMore = heedInterruption()
  const folder = mkdtempSync(join(tmpdir(), 'atelier-bench-'))
  try {
    const all = await systems(folder)
    console.log('  × n: n times the figure of Atelier')
    for (const measure of Object.values(measures)) await compare(all, measure)
  } finally {
    rmSync(folder, { recursive: true, force: true })
    heedNoMore()
  }
  if (interruption.aborted) process.exit(130)
}
