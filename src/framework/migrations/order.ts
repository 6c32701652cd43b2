import { MigrationError } from '../errors'
import type { Disorder } from './history'

const advice: Record<Disorder['kind'], string> = {
  beside: 'Join them with: npm run revision -- --merge',
  missing: 'Bring that file back, or correct the line Parent of the file that names it.',
  backwards: 'Correct the names of the files, or the line Parent.',
  late: 'Give it a newer time in its name, unless another database has it already.',
}

/** @throws MigrationError when something is wrong with the order of the migrations */
export function refuseDisorder(found: readonly Disorder[]): void {
  const [first] = found
  if (!first) return
  throw new MigrationError(
    `Nothing was applied: ${found.map(({ text }) => text).join(' ')}`,
    `${advice[first.kind]}\nOr apply them as they are: npm run db -- upgrade --force`,
  )
}
