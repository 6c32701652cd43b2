import { Program } from './process'

/** What `npm run jobs` printed on either stream, and its exit code. */
export async function jobsProgram(
  settings: Record<string, string>,
  args: string[],
): Promise<{ out: string; err: string; code: number | string | null }> {
  await using program = new Program('scripts/jobs.ts', settings, args)
  const printed = { out: '', err: '' }
  program.child.stdout?.on('data', (text: string) => {
    printed.out += text
  })
  program.child.stderr?.on('data', (text: string) => {
    printed.err += text
  })
  const code = await program.exit()
  return { ...printed, code }
}
