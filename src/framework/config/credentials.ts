// A name and a password end at the last `@` before a query. One that was typed without escapes may
// hold `/`, `?` and `#` too: then what follows the name and its `:` is no port.
const credentials = /^([a-z0-9+.-]+:\/\/)(?=[^/?#]*@|[^:/?#@[]*:(?!\d+[/?#]))([^?#]*|.*)@/is

/**
 * Escapes what a driver would misread in the name and the password of a URL, since people paste
 * passwords as they are. What is escaped already stays so.
 */
export function escapeCredentials(text: string): string {
  return text.replace(credentials, (_, scheme: string, both: string) => {
    const [name = '', ...password] = both.split(':')
    const parts = password.length > 0 ? [name, password.join(':')] : [name]
    return `${scheme}${parts.map(escapePart).join(':')}@`
  })
}

// `%41` is taken for an escape, `50%` and `%ff` cannot be one.
function escapePart(part: string): string {
  const escaped = part.replace(/%(?![0-9a-f]{2})/gi, '%25')
  try {
    return encodeURIComponent(decodeURIComponent(escaped))
  } catch {
    return encodeURIComponent(part)
  }
}

// Up to the last `@`, wherever it is: in a malformed URL nobody knows where a password ends.
const beforeHost = /^([a-z0-9+.-]+:\/\/[^:]*:|[^:]*:(?!\/\/)).*@/is
const withoutHost = /^(?!.*@)([a-z0-9+.-]+:\/\/[^:/?#[\]]*:)(?!\d*(?:[,/?#]|$)).*/is
const inQuery = /([?&][^=&]*(?:pass|pwd)[^=&]*=)([^&]*)/gi

/** The same text with `***` for whatever may be a password: rather too much than too little. */
export function hidePassword(text: string): string {
  return text
    .replace(
      inQuery,
      (_, key: string, value: string) => `${key}***${value.includes('@') ? '@' : ''}`,
    )
    .replace(beforeHost, '$1***@')
    .replace(withoutHost, '$1***')
}
