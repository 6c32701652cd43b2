import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { heedInterruption, interruption } from './jobs/interruption'
import { type Figure, type Measure, measures } from './jobs/measures'
import { type System, systems } from './jobs/systems'

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

async function compare(all: readonly System[], measure: Measure): Promise<void> {
  const taken = new Map<string, Figure[]>()
  for (const system of all) taken.set(system.name, await attempt(system, measure))
  const [base = []] = taken.values()
  for (const label of labels(taken)) {
    console.log(`\n  ${label}`)
    for (const [name, figures] of taken) {
      console.log(line(name, find(figures, label), find(base, label)))
    }
  }
}

/** A system that fails is no reason not to measure the others. */
async function attempt(system: System, measure: Measure): Promise<Figure[]> {
  try {
    return interruption.aborted ? [] : await measure(system)
  } catch (error) {
    const problem = error instanceof Error ? error.message : error
    if (!interruption.aborted) console.log(`\n  ${system.name} failed: ${problem}`)
    return []
  }
}

function labels(taken: ReadonlyMap<string, readonly Figure[]>): Set<string> {
  return new Set([...taken.values()].flatMap((figures) => figures.map(({ label }) => label)))
}

function find(figures: readonly Figure[], label: string): Figure | undefined {
  return figures.find((figure) => figure.label === label)
}

function line(name: string, figure: Figure | undefined, base: Figure | undefined): string {
  if (figure?.value === undefined) return `    ${name.padEnd(10)} ${'-'.padStart(10)}`
  const ratio = figure === base ? '' : compared(figure.value, base?.value)
  return `    ${name.padEnd(10)} ${shown(figure.value).padStart(10)} ${figure.unit}${ratio}`
}

/** Nothing is so many times what did not grow at all, or shrank. */
function compared(value: number, base = 0): string {
  return base > 0 && value >= 0 ? `   × ${(value / base).toFixed(2)}` : ''
}

function shown(value: number): string {
  const digits = value < 100 ? 2 : 0
  return value.toLocaleString('en', {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  })
}
