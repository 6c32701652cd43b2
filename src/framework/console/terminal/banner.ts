import { type Config, readPackage } from '../../config'
import type { Preloaded } from '../namespace'

/** What the terminal says first: at most six lines, none wider than `columns`. */
export function banner(config: Config, names: readonly Preloaded[], columns: number): string {
  const { name, version } = readPackage(config.root)
  const list = (kind: Preloaded['kind']) =>
    names.filter((each) => each.kind === kind).map((each) => each.name)
  const lines = [
    `${name} ${version} (${config.NODE_ENV})`,
    `database ${config.DATABASE_URL}, job store ${config.AGENDA_URL}`,
    listed('names  ', list('name'), columns),
    listed('models ', list('model'), columns),
    listed('tasks  ', list('task'), columns),
    'Type .names to see what they are, .exit or Ctrl-D to leave.',
  ]
  return lines.filter((line) => line !== '').join('\n')
}

/** One line for each name: what it is. */
export function describeNames(names: readonly Preloaded[]): string {
  const width = Math.max(...names.map(({ name }) => name.length))
  return names.map(({ name, description }) => `${name.padEnd(width)}  ${description}`).join('\n')
}

/** As many names as fit, and how many more there are. */
function listed(title: string, names: readonly string[], columns: number): string {
  if (names.length === 0) return ''
  for (let count = names.length; count > 0; count -= 1) {
    const more = names.length - count
    const line = `${title} ${names.slice(0, count).join(', ')}${more ? ` and ${more} more` : ''}`
    if (line.length <= columns) return line
  }
  return `${title} ${names.length}`
}
