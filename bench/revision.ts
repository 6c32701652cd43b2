import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freshDatabase, skipWithout } from '../tests/support/servers'
import { row } from './figures'
import { installCelery as installPython } from './jobs/install'
import { heedInterruption, interruption } from './jobs/interruption'
import { alembic } from './revision/alembic'
import { atelier } from './revision/atelier'
import type { Project } from './revision/project'
import { rebuild } from './revision/rebuild'
import { type Place, revisions } from './revision/revisions'

/** How many tables, and how often each thing is done with them. */
const sizes = { 1: 5, 50: 5, 500: 3 }
const kinds = { sqlite: 'SQLite', postgres: 'PostgreSQL' }

/**
 * What writes a migration from the difference between models and database, from the start of its
 * process to its end, beside Alembic, in one run on one machine; then a table that is built anew.
 */
export async function revision(): Promise<void> {
  const heedNoMore = heedInterruption()
  const folder = mkdtempSync(join(tmpdir(), 'atelier-bench-'))
  try {
    const projects = await makeProjects(folder)
    for (const kind of ['sqlite', 'postgres'] as const) {
      const skip = kind === 'postgres' && skipWithout(kind)
      if (skip) console.log(`\n  PostgreSQL skipped: ${skip}`)
      else await measureOn(kind, projects, folder)
    }
    await rebuild(folder)
  } catch (error) {
    if (!interruption.aborted) throw error
  } finally {
    rmSync(folder, { recursive: true, force: true })
    heedNoMore()
  }
  if (interruption.aborted) process.exit(130)
}

async function makeProjects(folder: string): Promise<Project[]> {
  const own = await atelier(join(folder, 'atelier'))
  const problem = installPython()
  if (!problem) return [own, alembic(join(folder, 'alembic'))]
  console.log(`  Alembic skipped: ${problem}`)
  return [own]
}

async function measureOn(
  kind: keyof typeof kinds,
  projects: readonly Project[],
  folder: string,
): Promise<void> {
  for (const [size, rounds] of Object.entries(sizes)) {
    console.log(`\n  ${kinds[kind]}, tables: ${size}`)
    const places: Place[] = []
    try {
      for (const project of projects) {
        places.push({ project, ...(await database(kind, join(folder, `${project.name}-${size}`))) })
      }
      await measure(places, Number(size), rounds)
    } finally {
      for (const { drop } of places) await drop()
    }
  }
}

/** An empty database. */
async function database(kind: keyof typeof kinds, path: string): Promise<Omit<Place, 'project'>> {
  if (kind === 'postgres') return freshDatabase(kind)
  return { url: `sqlite:${path}.sqlite3`, drop: async () => {} }
}

async function measure(places: readonly Place[], tables: number, rounds: number): Promise<void> {
  for await (const [what, times] of revisions(places, tables, rounds)) {
    const base = times.get('Atelier')
    for (const [name, values] of times) console.log(row(`${what}, ${name}`, 'ms', values, base))
  }
}
