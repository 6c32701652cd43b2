import { declare, migrationsOf, type Project, perform, removeMigrations } from './project'

/** A project, and a database that is its own. */
export interface Place {
  readonly project: Project
  readonly url: string
  drop(): Promise<void>
}

/** What was measured, and the milliseconds of each project by its name. */
type Measured = [what: string, times: ReadonlyMap<string, readonly number[]>]

/**
 * Lets each project write the same migrations, by turns, and removes them again.
 *
 * @param places projects whose databases are empty
 * @throws Error when one of them finds other differences than there are
 */
export async function* revisions(
  places: readonly Place[],
  tables: number,
  rounds: number,
): AsyncGenerator<Measured> {
  const revise = (changes: number, prepare?: (project: Project, round: number) => void) =>
    byTurns(places, rounds, changes, prepare)
  for (const { project } of places) {
    removeMigrations(project)
    declare(project, tables)
  }
  // Once to compile what is new.
  await byTurns(places, 1, tables)
  yield ['all tables new', await revise(tables)]
  for (const { project, url } of places) {
    await perform(project, project.revise, url)
    await perform(project, project.apply, url)
  }
  yield ['nothing to do', await revise(0)]
  const edit = (project: Project, round: number) => declare(project, tables, true, round)
  yield ['one column new, models just saved', await revise(1, edit)]
}

/** @param changes how many tables and columns each must find changed */
async function byTurns(
  places: readonly Place[],
  rounds: number,
  changes: number,
  prepare: (project: Project, round: number) => void = () => {},
): Promise<ReadonlyMap<string, readonly number[]>> {
  const times = new Map(places.map(({ project }) => [project.name, [] as number[]]))
  for (let round = 0; round < rounds; round++) {
    for (const { project, url } of places) {
      prepare(project, round)
      const kept = migrationsOf(project)
      const { said, time } = await perform(project, project.revise, url)
      removeMigrations(project, kept)
      const found = said.match(/Detected added (table|column)/g)?.length ?? 0
      if (found !== changes) throw new Error(`${project.name} found ${found} changes:\n${said}`)
      times.get(project.name)?.push(time)
    }
  }
  return times
}
