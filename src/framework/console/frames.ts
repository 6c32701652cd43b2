import { dirname, sep } from 'node:path'

const engine = __dirname + sep
const framework = dirname(__dirname) + sep
const notOwn = [framework, `${sep}node_modules${sep}`, '<anonymous>']

/**
 * A stack, or any text with stacks in it, without the frames that say nothing to whoever typed the
 * cell: the engine's own, Node's, and everything below the cell.
 */
export function withoutEngine(text: string): string {
  const kept: string[] = []
  let below = false
  for (const line of text.split('\n')) {
    below = isFrame(line) && (below || line.includes('node:inspector'))
    if (!below && !isHidden(line)) kept.push(line)
    // The properties of an error begin at the end of its last frame.
    else if (line.endsWith(' {')) kept.push(`${kept.pop()} {`)
  }
  return kept.join('\n')
}

/** The frames of a stack that are the user's: cells and project files, one a line. */
export function ownFrames(stack: string): string[] {
  const frames = withoutEngine(stack).split('\n').filter(isFrame)
  return frames.filter((line) => !notOwn.some((place) => line.includes(place)))
}

function isHidden(line: string): boolean {
  return isFrame(line) && (/[ (]node:/.test(line) || line.includes(engine))
}

function isFrame(line: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: inspect may have coloured the frame
  return /^(\x1b\[\d+m|\s)+at /.test(line)
}
