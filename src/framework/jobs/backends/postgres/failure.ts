import { ApplicationClosedError, AtelierError, type StoreUnavailableError } from '../../../errors'

/** What a driver's error is about. */
interface Trouble {
  /** SQLSTATE where the server said it, else what the operating system said. */
  readonly code?: unknown
  readonly syscall?: unknown
  readonly errors?: readonly Error[]
}

/**
 * What the driver threw, in our words; an error of ours stays as it is.
 *
 * @param unavailable makes the error of a store that cannot be used
 */
export function failureOf(
  error: unknown,
  closed: boolean,
  unavailable: (why: string, hint: string, cause: unknown) => StoreUnavailableError,
): unknown {
  if (error instanceof AtelierError || !(error instanceof Error)) return error
  if (isOfConnection(error))
    return closed ? new ApplicationClosedError() : unavailable(reasonOf(error), isItRunning, error)
  if (!isOfServer(error)) return error
  const hint = isOfValue(error) ? 'Send the job without it.' : 'Try again in a moment.'
  return unavailable(reasonOf(error), hint, error)
}

const tries = 5

/** Does `work`, again when another transaction was in its way. */
export async function persistently<T>(work: () => Promise<T>): Promise<T> {
  for (let left = tries; ; left--) {
    try {
      return await work()
    } catch (error) {
      const rivals = ['40001', '40P01'].includes(String((error as Trouble).code))
      if (left === 1 || !rivals) throw error
    }
  }
}

/** Whether the server was not reached, left before it answered, or lets nobody in now. */
export function isOfConnection(error: Error): boolean {
  const { code, syscall, errors } = error as Trouble
  if (syscall !== undefined || errors !== undefined) return true
  if (typeof code === 'string' && /^(08|57P0|53)/.test(code)) return true
  return lost.some((pattern) => pattern.test(error.message))
}

/** What went wrong, without a full stop. */
export function reasonOf(error: Error): string {
  const first = (error as Trouble).errors?.[0] ?? error
  const known = lost.some((pattern) => pattern.test(first.message))
  if (known && /time(out|d out)/.test(first.message)) return 'the server did not answer in time'
  if (isOfValue(first)) return `a value cannot be stored: ${first.message}`
  return known ? 'the connection is lost' : first.message.replace(/\.$/, '')
}

/** Whether the server refused a value, such as a text with the character U+0000. */
function isOfValue(error: Error): boolean {
  return isOfServer(error) && String((error as Trouble).code).startsWith('22')
}

/** Whether the server answered, by refusing. */
export function isOfServer(error: Error): boolean {
  return /^[0-9A-Z]{5}$/.test(String((error as Trouble).code))
}

const isItRunning = 'Check that the server is running.'

// What the driver says is about itself.
const lost = [
  /^Connection terminated/,
  /^Client (has encountered|was closed)/,
  /^Cannot use a pool/,
  /^timeout e/,
  /^Query read timeout/,
]
