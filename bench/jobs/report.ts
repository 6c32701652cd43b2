import { interruption } from './interruption'
import type { Figure, Measure } from './measures'
import type { System } from './systems'

/** Takes a measure of every system and prints, for each of its lines, one figure below the other. */
export async function compare(all: readonly System[], measure: Measure): Promise<void> {
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
