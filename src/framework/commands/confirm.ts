import { createInterface } from 'node:readline'
import { NotConfirmedError } from '../errors'

/**
 * Asks at the terminal whether to go on; any answer but `y` or `yes` is a no.
 *
 * @param what the sentence that is asked about, as in `This removes 3 jobs for good.`
 * @param yes that the answer was given beforehand
 * @throws NotConfirmedError when the answer is no, or there is no terminal to ask at
 */
export async function confirm(what: string, yes = false): Promise<void> {
  if (yes) return
  // Standard output is for what the command brings, and may be a file.
  if (!process.stdin.isTTY || !process.stderr.isTTY) {
    throw new NotConfirmedError(what, 'Nothing was done, as nobody can be asked; add --yes.')
  }
  const answer = await ask(`${what} Go on? [y/N] `)
  if (!/^\s*y(es)?\s*$/i.test(answer)) throw new NotConfirmedError('Nothing was changed.')
}

/** The line that is typed; empty when Ctrl-C or Ctrl-D was pressed instead. */
function ask(question: string): Promise<string> {
  const { stdin: input, stderr: output } = process
  const lines = createInterface({ input, output })
  return new Promise((resolve) => {
    lines.once('close', () => {
      output.write('\n')
      resolve('')
    })
    lines.question(question, (answer) => {
      resolve(answer)
      lines.removeAllListeners('close').close()
    })
  })
}
