import { join } from 'node:path'
import { showError, showValue } from '../../../src/framework/console/inspect'
import { type Outcome, Session } from '../../../src/framework/console/session'

export const root = join(__dirname, '../../..')

/** Gives `body` a session of its own. */
export async function withSession<T>(
  body: (session: Session) => Promise<T>,
  names: Record<string, unknown> = {},
  folder = root,
): Promise<T> {
  const session = new Session({ names, root: folder })
  try {
    return await body(session)
  } finally {
    session.close()
  }
}

/** What a session shows for each cell: a value, an error's text, or nothing. */
export function shown(names: Record<string, unknown>, ...cells: string[]): Promise<string[]> {
  return withSession(async (session) => {
    const outcomes: Outcome[] = []
    for (const cell of cells) outcomes.push(await session.run(cell))
    return outcomes.map(text)
  }, names)
}

/** The same for the last cell only. */
export async function last(...cells: string[]): Promise<string> {
  return (await shown({}, ...cells)).at(-1) ?? ''
}

export function text(outcome: Outcome): string {
  if ('error' in outcome) return showError(outcome.error)
  return outcome.shown ? showValue(outcome.value) : ''
}
