import { dirname, sep } from 'node:path'

const engine = __dirname + sep
const framework = dirname(__dirname) + sep

/**
 * A stack, or any text with stacks in it, without the frames that say nothing to whoever typed the
 * cell: the engine's own, Node's, and everything below the cell.
 */
export function withoutEngine(text: string): string {
  let below = false
  const kept = text.split('\n').filter((line) => {
    if (!isFrame(line)) below = false
    else if (line.includes('node:inspector')) below = true
    return !(below || isHidden(line))
  })
  return kept.join('\n')
}

/** The frames of a stack that are the user's: cells and project files, one a line. */
export function ownFrames(stack: string): string[] {
  const frames = withoutEngine(stack).split('\n').filter(isFrame)
  return frames.filter(
    (line) => !line.includes(framework) && !line.includes(`${sep}node_modules${sep}`),
  )
}

function isHidden(line: string): boolean {
  return isFrame(line) && (line.includes('node:internal') || line.includes(engine))
}

function isFrame(line: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: inspect may have coloured the frame
  return /^(\x1b\[\d+m|\s)+at /.test(line)
}
